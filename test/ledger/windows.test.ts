import test from 'ava';
import { tapSeesTries } from '../../src/ledger/faults.js';
import { joinRun } from '../../src/ledger/run.js';
import { baselineWindow, faultWindow, outsideWindows } from '../../src/ledger/windows.js';
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

/** A flap of n2: each second on for 400 ms, so often; nothing else is broken. */
const flapped = (times: number, seen = times): Event[] =>
	Array.from({ length: times }, (_, k) => {
		const at = 5500 + k * 1000;
		const base = { kind: 'fault', experiment: 0, fault: 0, nth: k + 1, faultKind: 'error', target: 'n2' } as const;
		const steps: Event[] = [
			{ ...base, t: at, step: 'intended' },
			{ ...base, t: at, step: 'effective', seenMs: at + 5, by: 'probe' },
			{ ...base, t: at + 400, step: 'healing' },
			{ ...base, t: at + 410, step: 'healed', by: 'probe' },
		];
		return k < seen ? steps : [];
	}).flat();
const FLAP = { kind: 'error', target: 'n2', atMs: 0, forMs: 400, flap: { everyMs: 1000, times: 5 } } as const;
const flapScene = (events: Event[]): Scene => ({ kind: 'error', faultMs: 5000, without: ['faults'], more: events });

test('a flap: each time is a fault of its own, and what lies between is nobody’s population', (t) => {
	const ledger = joined(flapScene(flapped(5)), { faults: [FLAP] });
	t.deepEqual(
		ledger.faults.map(({ nth, effectiveMs, healedMs }) => [nth, effectiveMs, healedMs]),
		[1, 2, 3, 4, 5].map((n) => [n, 4500 + n * 1000, 4910 + n * 1000]),
	);
	const window = faultWindow(ledger);
	t.is(window.spans.length, 5);
	const inside = (x: number): boolean => window.spans.some((span) => x + 52 >= span.fromMs && x <= span.toMs);
	t.deepEqual(
		window.entries.map((e) => e.request.t),
		ledger.entries.map((e) => e.request.t).filter(inside),
	);
	const [before, after] = outsideWindows(ledger, window);
	t.is(before!.entries.at(-1)!.request.t, 5440);
	t.true(after!.entries.some((e) => e.request.t === 6000));
	t.is(before!.entries.length + after!.entries.length + window.entries.length, ledger.entries.filter((e) => e.request.t >= 1500).length);
});

test('a request that outlasts the rest of a flap belongs to it once', (t) => {
	const scene = flapScene(flapped(5));
	const ledger = joined({ ...scene, fate: ({ at }) => (at === 100 ? { latencyMs: 3000 } : undefined) }, { faults: [FLAP] });
	t.is(faultWindow(ledger).entries.filter((e) => e.request.t === 5600).length, 1);
});

test('a time of a flap that never began is placed when it was due', (t) => {
	const failed: Event = {
		kind: 'fault',
		t: 9000,
		experiment: 0,
		fault: 0,
		nth: 5,
		faultKind: 'error',
		target: 'leader',
		step: 'failed',
		detail: 'nobody leads',
	};
	const { faults } = joined(flapScene([...flapped(5, 4), failed]), { faults: [FLAP] });
	t.deepEqual(
		faults.map(({ nth, intendedMs }) => [nth, intendedMs]),
		[1, 2, 3, 4, 5].map((n) => [n, 4500 + n * 1000]),
	);
});
