import test from 'ava';
import { assess } from '../../../src/checks/assess.js';
import type { Event } from '../../../src/model/event.js';
import { expect, history, judged, planOf, type Scene, verdicts } from '../history.js';

const ALL = ['replayed == 0', 'doubleExecuted == 0', 'nonIdempotentReplayed == 0', 'nonIdempotentDoubleExecuted == 0'];

/** In the fault, every tenth request of the method goes to n2 and then to n1, executed there (and, after a thaw, at n2 too). */
const repeated = (method: string, executed: string[]): Scene['fate'] => {
	return ({ i, at, method: mine }) =>
		at >= 0 && at < 9000 && mine === method && Math.floor(i / 2) % 10 === 0 ? { nodes: ['n2', 'n1'], executed: executed.map((node) => ({ node })) } : undefined;
};

test('no repeat: all pass on the requests that were exposed, and say what that proves', (t) => {
	const result = judged({}, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(result)))], ['pass']);
	t.regex(result.checks[2]!.why, /^0 of 1 exposed; proves </);
});

test('replayed GETs are no harm by themselves, replayed POSTs are, double executions are worse', (t) => {
	const gets = judged({ kind: 'reset', fate: repeated('GET', ['n1']) }, ALL);
	t.deepEqual(verdicts(gets), { replayed: 'fail', doubleExecuted: 'pass', nonIdempotentReplayed: 'pass', nonIdempotentDoubleExecuted: 'pass' });
	t.like(gets.metrics.replayed, { value: 45, lo: 45, hi: 45, observedBy: 'tap' });
	const posts = judged({ kind: 'reset', fate: repeated('POST', ['n1']) }, ALL);
	t.deepEqual(verdicts(posts), { replayed: 'fail', doubleExecuted: 'pass', nonIdempotentReplayed: 'fail', nonIdempotentDoubleExecuted: 'pass' });
	const twice = judged({ kind: 'freeze', fate: repeated('POST', ['n1', 'n2']) }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(twice)))], ['fail']);
	t.is(twice.metrics.availability!.value, 1);
	const check = twice.checks.find((c) => c.name === 'nonIdempotentReplayed')!;
	t.deepEqual([check.value, check.evidence.length], [45, 20]);
});

test('nothing exposed is inconclusive: n2 had traffic, but no POST of it met the fault', (t) => {
	const result = judged({ fate: ({ at, method, node }) => (at < 0 && at > -200 && node === 'n2' && method === 'POST' ? { nodes: ['n1'] } : undefined) }, ALL);
	t.like(verdicts(result), { nonIdempotentReplayed: 'inconclusive', nonIdempotentDoubleExecuted: 'inconclusive' });
});

test('executions that only the tap could bound: a zero is no pass, a repeat is proof', (t) => {
	const clean = judged({ without: ['ledger'] }, ALL);
	t.deepEqual(verdicts(clean), {
		replayed: 'pass',
		doubleExecuted: 'inconclusive',
		nonIdempotentReplayed: 'pass',
		nonIdempotentDoubleExecuted: 'inconclusive',
	});
	t.like(clean.metrics.doubleExecuted, { value: 0, hi: null, observedBy: 'tap' });
	const twice = judged({ kind: 'freeze', without: ['ledger'], fate: repeated('POST', ['n1', 'n2']) }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(twice)))], ['fail']);
});

test('a cut-off drain and lost ids: what was found is still proof, a zero proves nothing', (t) => {
	const cut = judged({ complete: false }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(cut)))], ['inconclusive']);
	t.is(cut.metrics.replayed!.hi, null);
	const proof = judged({ kind: 'reset', complete: false, lagMs: 900, fate: repeated('POST', ['n1', 'n2']) }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(proof)))], ['fail']);
	const anonymous = judged({ without: ['ids'] }, ALL);
	t.is(anonymous.metrics.replayed!.value, null);
	t.deepEqual([...new Set(Object.values(verdicts(anonymous)))], ['inconclusive']);
});

const DOUBLE = { nodes: ['n2', 'n1'], executed: [{ node: 'n1' }, { node: 'n2', afterMs: 900 }] };

test('a proven repeat outside the fault fails too, with a sentence of its own, and is not in the value', (t) => {
	const cases: [number, RegExp][] = [
		[10_030, /^0 of 1 exposed in the fault, but 1 after the fault: r\d+$/],
		[15_970, /but 1 after the fault/],
		[-2010, /but 1 before the fault \(so it takes no fault\): r\d+$/],
	];
	for (const [when, why] of cases) {
		const result = judged({ fate: ({ at, method }) => (at === when && method === 'POST' ? DOUBLE : undefined) }, ALL);
		t.deepEqual([...new Set(Object.values(verdicts(result)))], ['fail'], String(when));
		const check = result.checks.find((c) => c.name === 'nonIdempotentDoubleExecuted')!;
		t.is(check.value, 0);
		t.regex(check.why, why);
		t.is(check.evidence.length, 1);
	}
	const unasked = judged({ fate: ({ at, method }) => (at === 11_990 && method === 'POST' ? DOUBLE : undefined) }, ['availability >= 99%']);
	t.is(unasked.verdict, 'fail');
	const warmUp = judged({ fate: ({ at, method }) => (at === -4490 && method === 'POST' ? DOUBLE : undefined) }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(warmUp)))], ['pass'], 'the warm-up is before the baseline');
	const allowed = judged({ fate: ({ at }) => (at === 12_000 || at === 13_000 ? DOUBLE : undefined) }, ['doubleExecuted <= 1', 'doubleExecuted <= 2']);
	t.deepEqual(
		allowed.checks.filter((c) => c.asked).map((c) => c.verdict),
		['fail', 'pass'],
	);
});

test('a replica without a ledger that refuses, and another that works: no double execution', (t) => {
	const result = judged(
		{
			kind: 'freeze',
			without: ['ledger'],
			fate: ({ i, at, method }) =>
				at >= 0 && at < 9000 && method === 'POST' && i % 20 === 1
					? { nodes: ['n1', 'n3'], executed: [{ node: 'n3' }], answers: [{ node: 'n1', status: 503 }] }
					: undefined,
		},
		ALL,
	);
	t.like(verdicts(result), { doubleExecuted: 'inconclusive', nonIdempotentDoubleExecuted: 'inconclusive', nonIdempotentReplayed: 'fail' });
});

test('tries that provably never left expose nothing: a kill with idle hands is inconclusive', (t) => {
	const fate: Scene['fate'] = ({ at, node }) =>
		at >= 0 && at < 9900
			? {
					attempts: [
						{ node: 'n2', outcome: 'unsent' },
						{ node, outcome: 'ok' },
					],
				}
			: at > -200 && at < 0 && node === 'n2'
				? { nodes: ['n1'] }
				: undefined;
	const result = judged({ by: 'client', fate }, ALL);
	t.deepEqual([...new Set(Object.values(verdicts(result)))], ['inconclusive']);
	t.is(result.metrics.nonIdempotentReplayed!.exposure, 0);
});

test('a subject that sends requests under the ids of others: doubles of such ids prove nothing', (t) => {
	// Every POST is sent under the id of the one before it: half of them are seen twice, half nowhere.
	const events = history({ kind: 'freeze' }).map((e): Event => {
		if (!('id' in e) || e.id === null || e.kind === 'request' || !('node' in e)) return e;
		const n = Number(e.id.slice(1));
		return n % 4 === 0 ? { ...e, id: `r${n - 2}` } : e;
	});
	const spec = { expect: ALL.map(expect), faults: [{ kind: 'freeze', target: 'n2', atMs: 0, forMs: 10_000 }] } as const;
	const [result] = assess(events, planOf({ ...spec, faults: [...spec.faults] }));
	t.deepEqual([...new Set(Object.values(verdicts(result!)))], ['inconclusive']);
	t.is(result!.verdict, 'inconclusive');
});

test('receipts that join no request may be further repeats: too few to doubt the ids, enough to doubt a zero', (t) => {
	const stray = (method: string): Event => ({ kind: 'receipt', t: 9000, id: null, node: 'n1', method, path: '/task', conn: 9, life: 1 });
	t.deepEqual([...new Set(Object.values(verdicts(judged({ more: [stray('POST')] }, ALL))))], ['inconclusive']);
	const get = judged({ more: [stray('GET')] }, ALL);
	t.deepEqual(verdicts(get), { replayed: 'inconclusive', doubleExecuted: 'inconclusive', nonIdempotentReplayed: 'pass', nonIdempotentDoubleExecuted: 'pass' });
	t.like(get.metrics.replayed, { value: 0, lo: 0, hi: 1 });
});

test('the same receipt told twice is one receipt; a made-up answer is no execution', (t) => {
	const receipt = { kind: 'receipt', t: 6001, id: 'r501', node: 'n3', method: 'GET', path: '/task', conn: 1, life: 1 } as const;
	const injected = { kind: 'response', t: 6051, id: 'r501', node: 'n3', status: 503, conn: 1, life: 1, injected: true } as const;
	const result = judged({
		kind: 'error',
		without: ['ledger'],
		more: [receipt, receipt, injected, injected],
		fate: ({ id }) => (id === 'r501' ? { nodes: [] } : undefined),
	});
	t.is(result.metrics.replayed!.value, 0);
	t.is(result.metrics.doubleExecuted!.value, 0);
});
