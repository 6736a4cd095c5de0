import test from 'ava';
import { assess } from '../../src/checks/assess.js';
import { isUnreadable, parseExpectation } from '../../src/model/bound.js';
import type { Event } from '../../src/model/event.js';
import type { Expectation, Plan } from '../../src/model/plan.js';
import type { Check } from '../../src/model/run.js';
import { type SimulationOptions, simulate } from '../../src/simulator/simulate.js';
import { client } from '../resilience/spec.js';
import { BEHAVIOURS } from './clients.js';
import { entry, fault, plan } from './stage.js';

const expect = (...written: string[]): Expectation[] =>
	written.map((text) => {
		const expectation = parseExpectation(text);
		if (isUnreadable(expectation)) throw new Error(expectation.expected);
		return expectation;
	});

const judged = (p: Plan, options: SimulationOptions = {}, alter: (events: Event[]) => Event[] = (events) => events): Record<string, Check> =>
	Object.fromEntries(assess(alter(simulate(p, options).events), p)[0]!.checks.map((c) => [c.metric, c]));

const BOUNDS = expect(
	'availability >= 99%',
	'nonIdempotentReplayed == 0',
	'nonIdempotentDoubleExecuted == 0',
	'lost == 0',
	'timeToFailover <= 2s',
	'p99 <= 2s',
);
const good = client({ timeoutMs: 400, ejection: { failures: 3, forMs: 1500, maxShare: 0.5 } });
const bad = client({ timeoutMs: 400, retry: { methods: ['GET', 'POST'] } });
const verdicts = (checks: Record<string, Check>): string[] => [...new Set(Object.values(checks).map((c) => c.verdict))];

test('a good client passes, and a bad one fails although its users see nothing', (t) => {
	const scene = { faults: [fault('freeze', { forMs: 5000 })], expect: BOUNDS, traffic: { rate: 200, mix: [entry('GET', 9), entry('POST', 1)] } };
	const right = judged(plan({ ...scene, client: client({ timeoutMs: 400, ejection: { failures: 1, forMs: 6000, maxShare: 0.5 } }) }));
	t.is(right.nonIdempotentReplayed!.verdict, 'pass', right.nonIdempotentReplayed!.why);
	t.is(right.nonIdempotentDoubleExecuted!.verdict, 'pass');
	t.is(right.timeToFailoverMs!.verdict, 'pass');
	const wrong = judged(plan({ ...scene, client: bad }));
	t.is(wrong.availability!.verdict, 'pass');
	t.is(wrong.nonIdempotentReplayed!.verdict, 'fail');
	t.is(wrong.nonIdempotentDoubleExecuted!.verdict, 'fail');
	t.true(wrong.nonIdempotentDoubleExecuted!.evidence.every((id) => /^r\d+$/.test(id)));
	t.true(wrong.nonIdempotentDoubleExecuted!.evidence.length > 0);
});

test('no traffic on the faulty replica: nothing passes', (t) => {
	const p = plan({ client: good, faults: [fault('kill')], expect: BOUNDS, replicas: 3 });
	// Every call goes to n1, so the fault at n2 meets nobody.
	const elsewhere: SimulationOptions = {
		brain: (spec, _nodes, rng) => BEHAVIOURS.sticky.brain(spec, ['n1'], rng),
	};
	t.deepEqual(verdicts(judged(p, elsewhere)), ['inconclusive']);
});

test('too few requests: what needs numbers is inconclusive', (t) => {
	const checks = judged(plan({ client: good, faults: [fault('kill')], expect: BOUNDS, traffic: { rate: 4 } }));
	for (const metric of ['availability', 'timeToFailoverMs', 'p99Ms']) t.is(checks[metric]!.verdict, 'inconclusive', `${metric}: ${checks[metric]!.why}`);
	t.regex(checks.availability!.next ?? '', /more requests/);
});

test('a lagging harness: what it could have caused is inconclusive, a proven counter-example still fails', (t) => {
	const late = (events: Event[]): Event[] => events.map((e) => (e.kind === 'lag' && e.process === 'generator' ? { ...e, lagMs: 900 } : e));
	const scene = { faults: [fault('freeze', { forMs: 5000 })], expect: BOUNDS };
	t.deepEqual(verdicts(judged(plan({ ...scene, client: good }), {}, late)), ['inconclusive']);
	const wrong = judged(plan({ ...scene, client: bad }), {}, late);
	t.is(wrong.nonIdempotentDoubleExecuted!.verdict, 'fail');
	t.is(wrong.availability!.verdict, 'inconclusive');
});

test('ids that do not survive the subject: two-sided checks are inconclusive, a proven counter-example still fails', (t) => {
	const without =
		(share: number) =>
		(events: Event[]): Event[] =>
			events.map((e) =>
				(e.kind === 'receipt' || e.kind === 'received' || e.kind === 'executed' || e.kind === 'response') && Number(e.id?.slice(1)) % 100 < share * 100
					? { ...e, id: null }
					: e,
			);
	const scene = { faults: [fault('freeze', { forMs: 5000 })], expect: BOUNDS };
	const none = judged(plan({ ...scene, client: bad }), {}, without(1));
	for (const metric of ['nonIdempotentReplayed', 'nonIdempotentDoubleExecuted', 'lost']) t.is(none[metric]!.verdict, 'inconclusive', metric);
	t.not(none.availability!.verdict, 'inconclusive', 'what the client alone can see is judged');
	const half = judged(plan({ ...scene, client: bad }), {}, without(0.5));
	t.is(half.nonIdempotentDoubleExecuted!.verdict, 'fail');
	t.is(half.lost!.verdict, 'inconclusive');
	const fine = judged(plan({ ...scene, client: good }), {}, without(0.5));
	t.is(fine.nonIdempotentDoubleExecuted!.verdict, 'inconclusive');
});

test('a drain that was cut off: counts may grow, so none passes; what was found is proof', (t) => {
	const cut = (events: Event[]): Event[] => events.map((e) => (e.kind === 'phase' && e.phase === 'end' ? { ...e, complete: false } : e));
	const scene = { faults: [fault('freeze', { forMs: 5000 })], expect: BOUNDS };
	const right = judged(plan({ ...scene, client: good }), {}, cut);
	for (const metric of ['nonIdempotentReplayed', 'nonIdempotentDoubleExecuted', 'lost']) t.is(right[metric]!.verdict, 'inconclusive', metric);
	t.is(judged(plan({ ...scene, client: bad }), {}, cut).nonIdempotentDoubleExecuted!.verdict, 'fail');
});
