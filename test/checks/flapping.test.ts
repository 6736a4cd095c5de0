import test from 'ava';
import type { Event } from '../../src/model/event.js';
import type { FaultSpec } from '../../src/model/plan.js';
import { judged, type Scene, verdicts } from './history.js';

const EVERY = 6000;
const ON = 2500;
const FLAP: FaultSpec = { kind: 'reset', target: 'n2', atMs: 0, forMs: ON, flap: { everyMs: EVERY, times: 5 } };
/** Five times 2.5 s, every 6 s; the scene's baseline ends at 5500. */
const flap = (times = 5, spec: { everyMs: number; onMs: number } = { everyMs: EVERY, onMs: ON }): Event[] =>
	Array.from({ length: times }, (_, k): Event[] => {
		const t = 5500 + k * spec.everyMs;
		const base = { kind: 'fault', experiment: 0, fault: 0, nth: k + 1, faultKind: 'reset', target: 'n2' } as const;
		return [
			{ ...base, t, step: 'intended' },
			{ ...base, t, step: 'effective', seenMs: t + 2, by: 'probe' },
			{ ...base, t: t + spec.onMs, step: 'healing' },
			{ ...base, t: t + spec.onMs + 10, step: 'healed', by: 'probe' },
		];
	}).flat();

/** Within each time: requests that would go to n2 fail for `badMs`, then n2 gets none until it is healed. */
const scene = (badMs: (time: number) => number, more: Partial<Scene> = {}): Scene => ({
	kind: 'reset',
	by: 'client',
	faultMs: 5 * EVERY,
	afterMs: 6000,
	without: ['faults'],
	more: flap(),
	fate: ({ at, node }) => {
		const time = Math.floor(at / EVERY);
		const since = at - time * EVERY;
		if (at < 0 || time >= 5 || since >= ON || node !== 'n2') return undefined;
		return since < badMs(time) ? { nodes: ['n2'], executed: [], outcome: 'failed', error: 'ECONNRESET' } : { nodes: ['n1'] };
	},
	...more,
});
const BOUNDS = ['timeToDetect <= 1s', 'timeToFailover <= 1s', 'timeToRecover <= 2s', 'failback <= 1s'];
const judge = (given: Scene, spec: FaultSpec = FLAP) => judged(given, BOUNDS, { faults: [spec] });

test('every time of a flap is a sample of its own: held in 5 of 5 events', (t) => {
	const result = judge(scene(() => 300));
	t.deepEqual(verdicts(result), { timeToDetect: 'pass', timeToFailover: 'pass', timeToRecover: 'pass', failback: 'pass' });
	for (const name of ['timeToDetectMs', 'timeToFailoverMs', 'failbackMs']) t.is(result.metrics[name]!.exposure, 5, name);
	t.regex(result.checks.find((c) => c.name === 'timeToDetect')!.why, /held in 5 of 5 events/);
	t.deepEqual(
		result.events.map((e) => e.nth),
		[1, 2, 3, 4, 5],
	);
});

test('one slow time out of five is the measure, and fails', (t) => {
	const result = judge(scene((time) => (time === 3 ? 2000 : 300)));
	const found = verdicts(result);
	t.is(found.timeToFailover, 'fail');
	t.is(found.timeToRecover, 'pass');
	t.true(result.metrics.timeToFailoverMs!.value! > 1900);
});

test('failures between two times count in no rate of the fault, but what is proven there is proven', (t) => {
	const calm = (at: number): boolean => at >= 0 && at % EVERY > ON + 100 && at % EVERY < ON + 1100 && at < 5 * EVERY;
	const failing = judged(
		scene(() => 0, { fate: ({ at }) => (calm(at) ? { outcome: 'failed', nodes: [] } : undefined) }),
		['availability >= 99%'],
		{ faults: [FLAP] },
	);
	t.is(verdicts(failing).availability, 'pass');
	t.is(failing.metrics.availability!.value, 1);
	const doubled = judged(
		scene(() => 0, {
			fate: ({ at, method }) => (calm(at) && method === 'POST' ? { nodes: ['n1', 'n3'], executed: [{ node: 'n1' }, { node: 'n3' }] } : undefined),
		}),
		['nonIdempotentReplayed == 0'],
		{ faults: [FLAP] },
	);
	t.is(verdicts(doubled).nonIdempotentReplayed, 'fail');
});

test('a rest that is too short to recover in is no chance to recover; the time after the last heal is', (t) => {
	const short = { everyMs: 1000, onMs: 400 };
	const spec: FaultSpec = { ...FLAP, forMs: 400, flap: { everyMs: 1000, times: 5 } };
	const good = judged({ ...scene(() => 0), more: flap(5, short), faultMs: 5000, fate: undefined }, ['timeToRecover <= 2s'], { faults: [spec] });
	t.is(verdicts(good).timeToRecover, 'pass');
	t.is(good.metrics.timeToRecoverMs!.exposure, 1);
	const lastHeal = 4000 + 410;
	const bad = judged(
		{
			...scene(() => 0),
			more: flap(5, short),
			faultMs: 5000,
			fate: ({ at }) => (at > lastHeal && at < lastHeal + 4000 ? { outcome: 'failed', nodes: [] } : undefined),
		},
		['timeToRecover <= 2s'],
		{ faults: [spec] },
	);
	t.is(verdicts(bad).timeToRecover, 'fail');
});

test('a flap that did not come as often as planned decides nothing', (t) => {
	const result = judge(scene(() => 300, { more: flap(4) }));
	t.is(result.checks.find((c) => c.name === 'timeToFailover')!.verdict, 'inconclusive');
	t.regex(result.checks.find((c) => c.name === 'timeToFailover')!.why, /did not come all 5 times/);
	const unseen = judge(scene(() => 300, { more: flap().filter((e) => !(e.kind === 'fault' && e.nth === 4 && e.step === 'effective')) }));
	t.regex(unseen.checks.find((c) => c.name === 'timeToFailover')!.why, /reset at n2 \(time 4\) was not seen to take effect/);
});
