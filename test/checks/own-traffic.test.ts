import test from 'ava';
import { assess } from '../../src/checks/assess.js';
import type { Event, TrafficEvent } from '../../src/model/event.js';
import type { Plan } from '../../src/model/plan.js';
import type { ExperimentResult } from '../../src/model/run.js';
import { expect, history, planOf, type Scene } from './history.js';

const own = (bounds: string[], more: Partial<Plan['traffic']> = {}): Plan => {
	const plan = planOf({ expect: bounds.map(expect) });
	return { ...plan, subject: { kind: 'none' }, traffic: { ...plan.traffic, command: { argv: ['npm', 'test'], env: {}, cwd: '/', finishMs: 0 }, ...more } };
};
const step = (t: number, what: TrafficEvent['step'], code?: number, detail?: string): Event => ({
	kind: 'traffic',
	t,
	experiment: 0,
	step: what,
	...(code !== undefined && { code }),
	...(detail !== undefined && { detail }),
});
/** As our own client would never have been there: no request, no offer, no lag of a generator. */
const seen = (scene: Scene, ...more: Event[]): Event[] =>
	[...history({ ...scene, without: [...(scene.without ?? []), 'offered', 'lag'] }).filter((e) => e.kind !== 'request'), ...more].sort((a, b) => a.t - b.t);
const judged = (events: Event[], bounds: string[] = []): ExperimentResult => assess(events, own(bounds))[0]!;
const command = (result: ExperimentResult) => result.checks.find((check) => check.metric === 'command');

/** The fault lasts from 5500 to 15 500, traffic until 21 500. */
test('exit 0 after the fault: a pass, beside what servers saw; what only clients see is null', (t) => {
	const result = judged(seen({}, step(1000, 'started'), step(21_400, 'ended', 0)), ['nonIdempotentReplayed == 0']);
	t.is(result.verdict, 'pass', JSON.stringify(result.checks));
	t.like(command(result), { verdict: 'pass', value: 0, bound: '== 0', exposure: 1, why: 'it ended with exit code 0', asked: true });
	const { metrics } = result;
	for (const name of ['replayed', 'doubleExecuted', 'nonIdempotentReplayed', 'nonIdempotentDoubleExecuted']) t.is(metrics[name]!.value, 0, name);
	t.true(metrics.loadSkew!.value! >= 1);
	for (const name of ['requests', 'availability', 'p50Ms', 'errorWindowMs', 'timeToRecoverMs', 'amplification', 'ghost', 'late', 'lost', 'missedRetry']) {
		t.is(metrics[name]!.value, null, name);
		t.regex(metrics[name]!.why!, /your own traffic/);
	}
	t.false(
		result.checks.some((check) => check.metric === 'lost'),
		'nobody told of answers, so none is known to be lost',
	);
});

test('any other exit code fails, with the last words of the command; before the fault too', (t) => {
	const result = judged(seen({}, step(21_400, 'ended', 3, '2 tests failed')));
	t.is(result.verdict, 'fail');
	t.like(command(result), { verdict: 'fail', value: 3, why: 'it ended with exit code 3: 2 tests failed' });
	t.like(command(judged(seen({}, step(3000, 'ended', 1)))), { verdict: 'fail', why: 'it ended with exit code 1 before any fault' });
});

test('a fault that nobody met, or that never was: a pass proves nothing', (t) => {
	const without = judged(seen({ without: ['effective'] }, step(21_400, 'ended', 0)));
	t.like(command(without), { verdict: 'inconclusive' });
	t.regex(command(without)!.why, /it ended with exit code 0 before any fault: .*not seen to take effect/);
	const idle = judged(seen({ target: 'n3', fate: ({ node }) => (node === 'n3' ? { nodes: ['n1'] } : undefined) }, step(21_400, 'ended', 0)));
	t.regex(command(idle)!.why, /n3 had no traffic/);
});

test('what was still running when its time was over is not judged, and a note says so', (t) => {
	const result = judged(seen({}, step(21_500, 'stopped')), ['nonIdempotentReplayed == 0']);
	t.is(command(result), undefined);
	t.is(result.verdict, 'pass');
	t.true(result.notes.some((note) => /was ended: its exit code is not judged/.test(note)));
	const nothing = judged(seen({ without: ['ids', 'ledger'] }, step(21_500, 'stopped')));
	t.is(nothing.verdict, 'inconclusive', 'nothing was judged');
});

test('one that ended early says what was not seen', (t) => {
	const early = [...seen({}, step(9000, 'ended', 0))].filter((e) => e.t <= 9000 || e.kind === 'phase' || e.kind === 'fault');
	t.true(judged(early).notes.some((note) => /your command ended during the fault/.test(note)));
	t.is(command(judged(early))?.verdict, 'pass');
});

test('executed twice: proven by servers alone, with the ids', (t) => {
	const twice = seen(
		{
			kind: 'freeze',
			fate: ({ i, at, method }) =>
				at >= 0 && at < 9000 && method === 'POST' && i % 25 === 1 ? { nodes: ['n2', 'n1'], executed: [{ node: 'n1' }, { node: 'n2' }] } : undefined,
		},
		step(21_400, 'ended', 0),
	);
	const result = judged(twice);
	t.is(result.verdict, 'fail');
	t.like(
		result.checks.find((check) => check.verdict === 'fail'),
		{ name: 'nonIdempotentDoubleExecuted', asked: false, value: 18 },
	);
});

test('without ids: counts are null, the exit code is judged all the same', (t) => {
	const result = judged(seen({ without: ['ids', 'ledger'] }, step(21_400, 'ended', 0)), ['nonIdempotentReplayed == 0']);
	t.is(command(result)?.verdict, 'pass');
	const check = result.checks.find((each) => each.metric === 'nonIdempotentReplayed')!;
	t.is(check.verdict, 'inconclusive');
	t.regex(check.next!, /--correlate/);
});
