import test from 'ava';
import { assess, overall } from '../../src/checks/assess.js';
import type { Event } from '../../src/model/event.js';
import { METRICS } from '../../src/model/metrics.js';
import { rng } from '../../src/model/rng.js';
import { expect, failing, history, judged, planOf } from './history.js';

test('a good cluster passes; every metric is present in order; times count from the start of traffic', (t) => {
	const result = judged({}, ['availability >= 99%', 'p99 <= 250ms', 'nonIdempotentReplayed == 0']);
	t.is(result.verdict, 'pass');
	t.deepEqual(
		Object.keys(result.metrics),
		METRICS.map((m) => m.name),
	);
	t.deepEqual(result.events, [{ kind: 'kill', target: 'n2', intendedMs: 4500, effectiveMs: 4500, healedMs: 14_500, by: 'waitpid' }]);
	t.like(result, { name: 'a replica is killed', repeat: 1, line: null });
	for (const measure of Object.values(result.metrics)) t.false('evidence' in measure || 'kind' in measure);
	t.deepEqual(
		result.checks.map((c) => [c.name, c.metric, c.bound, c.asked]),
		[
			['availability', 'availability', '>= 99%', true],
			['p99', 'p99Ms', '<= 250ms', true],
			['nonIdempotentReplayed', 'nonIdempotentReplayed', '== 0', true],
			['nonIdempotentDoubleExecuted', 'nonIdempotentDoubleExecuted', '== 0', false],
			['lost', 'lost', '== 0', false],
		],
	);
});

test('the dangerous row: every client happy, POSTs executed twice, nobody asked: fail, with ids', (t) => {
	const result = judged(
		{
			kind: 'freeze',
			fate: ({ i, at, method }) =>
				at >= 0 && at < 9000 && method === 'POST' && i % 25 === 1
					? { nodes: ['n2', 'n1'], executed: [{ node: 'n1' }, { node: 'n2', afterMs: 9000 }] }
					: undefined,
		},
		['availability >= 99%'],
	);
	t.is(result.metrics.availability!.value, 1);
	t.is(result.verdict, 'fail');
	const check = result.checks.find((c) => c.verdict === 'fail')!;
	t.like(check, { name: 'nonIdempotentDoubleExecuted', asked: false, value: 18 });
	t.true(check.evidence.length > 0 && check.evidence.every((id) => /^r\d+$/.test(id)));
});

test('fail beats inconclusive beats pass; nothing is inconclusive', (t) => {
	const of = (...words: ('pass' | 'fail' | 'inconclusive')[]) => overall(words.map((verdict) => ({ verdict })));
	t.deepEqual([of(), of('pass'), of('pass', 'inconclusive'), of('inconclusive', 'fail', 'pass')], ['inconclusive', 'pass', 'inconclusive', 'fail']);
});

test('each repeat is an experiment of its own; one that did not run is inconclusive, its metrics null', (t) => {
	const first = history({});
	const second = history({ startMs: 40_000, experiment: 1, firstId: 10_001, fate: failing(0, 10_000, 3) });
	const plan = planOf({ repeat: 3, expect: [expect('availability >= 99%')] });
	const results = assess([...first, ...second], plan);
	t.deepEqual(
		results.map((r) => [r.repeat, r.verdict, r.metrics.availability!.exposure]),
		[
			[1, 'pass', 1006],
			[2, 'fail', 1006],
			[3, 'inconclusive', 0],
		],
	);
	t.is(results[2]!.metrics.lost!.value, null);
	t.is(results[2]!.checks[0]!.verdict, 'inconclusive');
	t.is(results[1]!.events[0]!.intendedMs, 4500);
});

test('a run that was cut off mid-fault decides nothing, but keeps its proofs', (t) => {
	const all = history({
		kind: 'freeze',
		fate: ({ i, at, method }) =>
			at >= 0 && at < 3000 && method === 'POST' && i % 25 === 1 ? { nodes: ['n1', 'n3'], executed: [{ node: 'n1' }, { node: 'n3' }] } : undefined,
	});
	const cut = all.filter((e) => e.t < 9000);
	t.is(assess(cut, planOf({ expect: [expect('availability >= 99%')] }))[0]!.verdict, 'fail');
	t.is(
		assess(
			history({}).filter((e) => e.t < 9000),
			planOf({ expect: [expect('availability >= 99%')] }),
		)[0]!.verdict,
		'inconclusive',
	);
});

test("daruma's own probes count nowhere", (t) => {
	const probes: Event[] = Array.from({ length: 200 }, (_, i) => i * 40 + 2000).flatMap((at, i): Event[] => [
		{ kind: 'receipt', t: at, id: `probe-${i % 7}`, node: 'n2', method: 'GET', path: '/task', conn: 2, life: 1 },
		{ kind: 'received', t: at, id: `probe-${i % 7}`, node: 'n2', method: 'GET' },
		{ kind: 'executed', t: at + 1, id: `probe-${i % 7}`, node: 'n2', method: 'GET' },
		{ kind: 'response', t: at + 2, id: `probe-${i % 7}`, node: 'n2', status: 200, conn: 2, life: 1 },
	]);
	t.deepEqual(judged({ more: probes }, ['lost == 0']), judged({}, ['lost == 0']));
});

test('health checks of the subject carry no id and are no traffic; requests of the mix without one are', (t) => {
	const check = (path: string): Event[] =>
		Array.from({ length: 50 }, (_, i) => ({ kind: 'receipt', t: 2000 + i * 50, id: null, node: 'n1', method: 'GET', path, conn: 3, life: 1 }));
	t.is(judged({ more: check('/health') }, ['lost == 0']).verdict, 'pass');
	t.is(judged({ more: check('/task?x=1') }, ['lost == 0']).verdict, 'inconclusive');
});

test('round trip: every kind of event goes through JSON and is judged the same', (t) => {
	const extras: Event[] = [
		{ kind: 'recovery', t: 15_000, endMs: 15_300, experiment: 0, action: 'restart', target: 'n2', ok: true },
		{ kind: 'state', t: 6000, endpoint: 'n2', state: 'down', by: 'heartbeat', detail: 'ECONNREFUSED' },
		{ kind: 'node', t: 15_100, node: 'n2', life: 2, step: 'ready', pid: 42 },
		{ kind: 'opaque', t: 7000, node: 'n1', conn: 9, life: 1, why: 'TLS' },
		{ kind: 'note', t: 8000, text: 'a note' },
	];
	const header: Event = { kind: 'header', t: 0, schema: 'daruma.history/1', run: 'x', seed: 7, startedAt: '2026-11-23T00:00:00.000Z' };
	const events = [header, ...history({ by: 'nginx', more: extras, fate: failing(0, 2000, 3) })];
	const kinds = new Set(events.map((e) => e.kind));
	t.is(kinds.size, 16);
	const plan = planOf({ expect: ['availability >= 99%', 'p99 <= 1s', 'timeToDetect <= 1s', 'replayed == 0'].map(expect) });
	const again = events.map((e) => JSON.parse(JSON.stringify(e)) as Event);
	t.deepEqual(again, events);
	t.deepEqual(assess(again, JSON.parse(JSON.stringify(plan))), assess(events, plan));
	t.true(assess(events, plan)[0]!.notes.includes('a note'));
});

test('lines of one instant in any file order are judged the same', (t) => {
	const events = history({ fate: failing(0, 2000, 3) });
	const random = rng(3).fork('order');
	const shuffled = events
		.map((e) => ({ e, key: random.next() }))
		.sort((a, b) => a.e.t - b.e.t || a.key - b.key)
		.map(({ e }) => e);
	const plan = planOf({ expect: ['availability >= 99%', 'errorWindow <= 3s'].map(expect) });
	t.deepEqual(assess(shuffled, plan), assess(events, plan));
});
