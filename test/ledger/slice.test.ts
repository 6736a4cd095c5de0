import test from 'ava';
import { sliceExperiments } from '../../src/ledger/slice.js';
import type { Event } from '../../src/model/event.js';

const phase = (t: number, name: 'start' | 'fault' | 'drain' | 'end', experiment = 0, complete?: boolean): Event => ({
	kind: 'phase',
	t,
	experiment,
	phase: name,
	...(complete === undefined ? {} : { complete }),
});
const note = (t: number): Event => ({ kind: 'note', t, text: `at ${t}` });
const times = (events: readonly Event[]): number[] => events.filter((e) => e.kind === 'note').map((e) => e.t);

test('an experiment holds what lies between its start and its end, both included', (t) => {
	const events = [
		note(5),
		phase(10, 'start'),
		note(10),
		note(15),
		phase(20, 'drain'),
		phase(30, 'end'),
		note(30),
		note(31),
		phase(40, 'start', 1),
		note(41),
		phase(50, 'end', 1),
	];
	const slices = sliceExperiments(events);
	t.deepEqual([...slices.keys()], [0, 1]);
	t.deepEqual(times(slices.get(0)!.events), [10, 15, 30]);
	t.deepEqual(times(slices.get(1)!.events), [41]);
	t.like(slices.get(0), { startMs: 10, trafficEndMs: 20, endMs: 30, drained: true });
	t.like(slices.get(1), { trafficEndMs: 50 });
});

test('without an end it reaches to the next start, or the last line, and is not drained', (t) => {
	const slices = sliceExperiments([phase(10, 'start'), note(15), phase(40, 'start', 1), note(41)]);
	t.deepEqual(times(slices.get(0)!.events), [15]);
	t.like(slices.get(0), { endMs: 15, drained: false });
	t.like(slices.get(1), { endMs: 41, drained: false });
	t.false(sliceExperiments([phase(1, 'start'), phase(9, 'end', 0, false)]).get(0)!.drained);
	t.true(sliceExperiments([phase(1, 'start'), phase(9, 'end', 0, true)]).get(0)!.drained);
});

test('faults and offers go by their number, wherever they stand; without a start nothing ran', (t) => {
	const fault: Event = { kind: 'fault', t: 60, experiment: 0, fault: 0, faultKind: 'kill', target: 'n1', step: 'healed' };
	const offered: Event = { kind: 'offered', t: 61, experiment: 0, intended: 1, sent: 1, refused: 0 };
	const slices = sliceExperiments([phase(10, 'start'), phase(50, 'end'), fault, offered, phase(70, 'fault', 1)]);
	t.is(slices.get(0)!.faults.length, 1);
	t.is(slices.get(0)!.offered.length, 1);
	t.false(slices.has(1));
	t.is(sliceExperiments([]).size, 0);
});
