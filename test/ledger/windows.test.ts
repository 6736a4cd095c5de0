import test from 'ava';
import { tapSeesTries } from '../../src/ledger/faults.js';
import { joinRun } from '../../src/ledger/run.js';
import { baselineWindow, faultWindow } from '../../src/ledger/windows.js';
import type { Event } from '../../src/model/event.js';
import { history, planOf, type Scene } from '../checks/history.js';

const joined = (scene: Scene, faults?: Parameters<typeof planOf>[0]) => joinRun(history(scene), planOf(faults))[0]!.ledger!;
const step = (t: number, name: 'intended' | 'effective' | 'healed', fault = 1, target = 'n3'): Event => ({
	kind: 'fault',
	t,
	experiment: 0,
	fault,
	faultKind: 'reset',
	target,
	step: name,
});

test('baseline: after the warm-up, over before the fault; the fault: whatever overlaps it', (t) => {
	const ledger = joined({});
	const baseline = baselineWindow(ledger).entries;
	const fault = faultWindow(ledger).entries;
	t.is(baseline[0]!.request.t, 1500);
	t.true(baseline.every((e) => e.request.endMs < 5500));
	t.is(fault[0]!.request.t, 5450);
	t.is(fault.at(-1)!.request.t, 15_500);
	t.is(baseline.filter((e) => fault.includes(e)).length, 0);
});

test('several faults: their union; unseen beginnings and ends take the widest stretch', (t) => {
	const two = joined({ faultMs: 2000, more: [step(9500, 'intended'), step(9500, 'effective'), step(10_500, 'healed')] });
	const times = faultWindow(two).entries.map((e) => e.request.t);
	t.is(times.filter((x) => x > 7500 && x < 9440).length, 0);
	t.true(times.includes(5500) && times.includes(10_000));
	t.deepEqual([...two.targets], ['n2', 'n3']);
	const unhealed = joined({ without: ['healed'] });
	t.is(faultWindow(unhealed).entries.at(-1)!.request.t, unhealed.entries.at(-1)!.request.t);
	t.is(faultWindow(joined({ without: ['effective'] })).entries[0]!.request.t, 5450);
});

test('which faults leave the tap alive to see every try', (t) => {
	const seen = (kind: string, unit?: 'request' | 'connection' | 'bytes'): boolean => {
		const planned = { kind: 'drop', target: 'n2', atMs: 0, forMs: 10_000, ...(unit ? { unit } : {}) } as const;
		return tapSeesTries(joined({ kind }, { faults: [planned] }).faults[0]!);
	};
	t.deepEqual(
		['kill', 'freeze', 'term', 'crash'].map((k) => seen(k)),
		[false, false, false, false],
	);
	t.deepEqual(
		['reset', 'blackhole', 'delay', 'drop', 'error'].map((k) => seen(k)),
		[true, true, true, true, true],
	);
	t.deepEqual([seen('drop', 'request'), seen('drop', 'connection'), seen('drop', 'bytes')], [true, false, false]);
});
