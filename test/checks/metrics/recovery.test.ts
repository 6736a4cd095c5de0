import test from 'ava';
import { assess, overall } from '../../../src/checks/assess.js';
import * as defaults from '../../../src/config/defaults.js';
import type { RecoveryEvent } from '../../../src/model/event.js';
import type { RecoverySpec } from '../../../src/model/recovery.js';
import type { ExperimentResult } from '../../../src/model/run.js';
import { history, judged, planOf, type Scene } from '../history.js';

/** The fault of the scene begins here: start 1000, warm-up 500, baseline 4000. */
const FAULT = 5500;
const recovery: RecoverySpec = { ...defaults.recovery(), limits: { ...defaults.recovery().limits, most: 2, windowMs: 60_000, stableMs: 5000 } };

const did = (action: string, target: string, fromMs: number, toMs: number, more: Partial<RecoveryEvent> = {}): RecoveryEvent => ({
	kind: 'recovery',
	t: FAULT + fromMs,
	endMs: FAULT + toMs,
	experiment: 0,
	action,
	target,
	ok: true,
	by: 'supervisor',
	...more,
});

const unasked = (result: ExperimentResult): Record<string, string> => Object.fromEntries(result.checks.filter((c) => !c.asked).map((c) => [c.name, c.verdict]));
const played = (more: RecoveryEvent[], scene: Scene = {}): ExperimentResult =>
	judged({ by: 'client', rate: scene.fate ? 100 : 20, more, ...scene }, [], { recovery });

test('without recovery: not seen, and not judged', (t) => {
	const result = judged({});
	for (const name of ['recoveryMs', 'recoveries', 'recoveryFailed', 'recoveryStorm', 'outAtOnce', 'flapping']) t.is(result.metrics[name]!.value, null, name);
	t.deepEqual(
		Object.keys(unasked(result)).filter((name) => /recovery|flapping|outAtOnce/.test(name)),
		[],
	);
	t.is(result.recoveries, undefined);
});

test('one restart: its time from the fault, one action, all four pass, and the heal is no recovery of ours', (t) => {
	const result = played([did('restart', 'n2', 700, 1900), did('restart', 'n2', 9900, 10_000, { by: 'heal' })]);
	t.like(result.metrics.recoveryMs, { value: 1900, lo: 1900, hi: 1900, exposure: 1 });
	t.like(result.metrics.recoveries, { value: 1, exposure: 1 });
	t.like(unasked(result), { recoveryStorm: 'pass', flapping: 'pass', outAtOnce: 'pass', recoveryFailed: 'pass' });
	t.is(result.recoveries?.length, 1);
});

test('nothing was recovered: a note, no green check, and no recovery within the time of the fault', (t) => {
	const result = played([]);
	t.like(result.metrics.recoveryMs, { value: null, lo: 9900, hi: null });
	t.false('recoveryStorm' in unasked(result));
	t.regex(result.notes.join('\n'), /recoveryStorm was not decided: nothing was recovered/);
});

test('what a recovery saved was saved by no failover', (t) => {
	const fate: Scene['fate'] = ({ at, i }) => (at >= 0 && at < 2000 && i % 2 === 0 ? { outcome: 'failed', nodes: [] } : undefined);
	t.is(judged({ by: 'client', fate }).metrics.timeToFailoverMs!.value, 2000 - 10);
	t.is(played([did('restart', 'n2', 700, 1900)], { fate }).metrics.timeToFailoverMs!.value, null);
});

test('more than `most` in a window is a storm, counted from what happened', (t) => {
	const result = played([did('restart', 'n2', 700, 900, { ok: false }), did('restart', 'n2', 1500, 1600, { ok: false }), did('restart', 'n2', 2500, 2600)]);
	t.like(result.metrics.recoveryStorm, { value: 1 });
	t.like(unasked(result), { recoveryStorm: 'fail', recoveryFailed: 'fail', flapping: 'pass' });
});

test('mended, and mended again before it was stable: flapping, unless a new fault explains it', (t) => {
	const twice = [did('restart', 'n1', 700, 900), did('restart', 'n1', 2000, 2100)];
	t.like(unasked(played(twice)), { flapping: 'fail' });
	t.like(unasked(played([did('restart', 'n1', 700, 900), did('restart', 'n1', 6000, 6100)])), { flapping: 'pass' });
	// It had been mended just before the fault struck it again.
	t.like(unasked(played([did('restart', 'n2', -900, -800), did('restart', 'n2', 500, 700)])), { flapping: 'pass' });
	t.like(unasked(played([did('out', 'n1', 0, 10), did('in', 'n1', 500, 510), did('out', 'n1', 900, 910), did('in', 'n1', 1500, 1510)])), { flapping: 'fail' });
});

test('two out at once, by work or by being held out, is more than half of three', (t) => {
	t.like(unasked(played([did('restart', 'n1', 700, 900), did('restart', 'n2', 800, 1000)])), { outAtOnce: 'fail' });
	t.like(unasked(played([did('restart', 'n1', 700, 900), did('restart', 'n2', 900, 1000)])), { outAtOnce: 'pass' });
	t.like(unasked(played([did('out', 'n1', 700, 710), did('out', 'n2', 2000, 2010), did('in', 'n1', 3000, 3010)])), { outAtOnce: 'fail' });
	t.is(played([did('out', 'n1', 700, 710), did('in', 'n1', 3000, 3010), did('out', 'n2', 3010, 3020)]).metrics.outAtOnce!.value, 1);
});

/** A redeploy without any fault, while the phase of that name lasts. */
const rolled = (scene: Scene, more = [1, 2, 3].map((i) => did('redeploy', `n${i}`, i * 1000, i * 1000 + 900, { by: 'plan' }))): ExperimentResult => {
	const events = history({ ...scene, more }).filter((e) => e.kind !== 'fault');
	const plan = planOf({ faults: [], actions: [{ kind: 'redeploy', target: 'all', atMs: 0, deploy: defaults.deploy() }] });
	return assess(events, plan)[0]!;
};

test('a redeploy that loses nothing passes, though nobody asked', (t) => {
	const result = rolled({});
	t.is(result.verdict, 'pass');
	t.like(unasked(result), { availability: 'pass', lost: 'pass', outAtOnce: 'pass', recoveryFailed: 'pass' });
	t.is(result.metrics.requests!.value, 1000 + 6);
});

test('one request that fails while it is under way is one too many; one acknowledged write that nobody executed, too', (t) => {
	t.like(unasked(rolled({ fate: ({ at }) => (at === 3000 ? { outcome: 'failed', nodes: [] } : undefined) })), { availability: 'fail', lost: 'pass' });
	t.like(unasked(rolled({ fate: ({ at }) => (at === 3000 ? { executed: [] } : undefined) })), { lost: 'fail', availability: 'pass' });
});

test('too little to lose anything is inconclusive, and says how much more it takes', (t) => {
	const result = rolled({ rate: 20 });
	t.like(unasked(result), { availability: 'inconclusive' });
	t.regex(result.checks.find((c) => c.name === 'availability')!.next!, /needs \d+ more requests/);
	const writes = rolled({ fate: ({ i }) => (i % 2 === 1 ? { method: 'GET', mix: 0 } : undefined) });
	t.like(unasked(writes), { availability: 'pass', lost: 'inconclusive' });
});

test('an action that did not happen, or was rolled back, is no pass', (t) => {
	t.not(rolled({}, []).verdict, 'pass');
	const back = [did('redeploy', 'n1', 0, 900, { by: 'plan', ok: false }), did('rollback', 'n1', 900, 1500, { by: 'plan' })];
	t.like(unasked(rolled({}, back)), { recoveryFailed: 'fail', availability: 'pass' });
});

test('with and without are compared, and what is compared with has no verdict of its own', (t) => {
	const fate: Scene['fate'] = ({ at, i }) => (at >= 0 && at < 9000 && i % 3 === 0 ? { outcome: 'failed', nodes: [] } : undefined);
	const early: Scene['fate'] = ({ at, i }) => (at >= 0 && at < 1900 && i % 3 === 0 ? { outcome: 'failed', nodes: [] } : undefined);
	const first = history({ by: 'client', fate: early, more: [did('restart', 'n2', 700, 1900)] });
	const second = history({ by: 'client', fate, startMs: 40_000, experiment: 1, firstId: 10_000 });
	const [withIt] = planOf({ recovery }).experiments;
	const plan = planOf();
	plan.experiments = [withIt!, { ...planOf().experiments[0]!, name: 'control', controlOf: withIt!.name }];
	const results = assess([...first, ...second], plan);
	const rows = Object.fromEntries(results[0]!.comparison!.map((row) => [row.metric, row]));
	t.like(rows.nodeDownMs, { with: 1900, without: 10_000, difference: -8100 });
	t.true(rows.availability!.difference! > 0.1);
	t.is(results[1]!.comparison, undefined);
	t.deepEqual(results[1]!.checks, []);
	t.is(overall(results), results[0]!.verdict);
});
