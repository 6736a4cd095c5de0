import test from 'ava';
import { classify, executedLate, LEDGER_CLASSES } from '../../src/ledger/classes.js';
import { type Entry, endOf, receptions, touched, tries } from '../../src/ledger/entry.js';

const entry = (state: Entry['state'], seen: { receipts?: string[]; received?: string[]; done?: number[]; attempts?: ('client' | 'nginx')[] } = {}): Entry => ({
	request: {
		kind: 'request',
		t: 0,
		sentMs: 0,
		endMs: 100,
		id: 'r1',
		method: 'POST',
		path: '/',
		mix: 0,
		idempotent: false,
		outcome: state === 'open' || state === 'untold' ? 'unfinished' : state,
	},
	state,
	attempts: (seen.attempts ?? []).map((by, n) => ({ kind: 'attempt', t: n, endMs: n + 1, id: 'r1', n, node: 'n9', outcome: 'unsent', by })),
	receipts: (seen.receipts ?? []).map((node, conn) => ({ kind: 'receipt', t: 1, id: 'r1', node, method: 'POST', path: '/', conn, life: 1 })),
	received: (seen.received ?? []).map((node) => ({ kind: 'received', t: 1, id: 'r1', node, method: 'POST' })),
	responses: [],
	executions: (seen.done ?? []).map((at) => ({ t: at, node: 'n1', by: 'replica' })),
});

test('a receipt at the tap and the line of the replica behind it are one arrival', (t) => {
	t.is(receptions(entry('ok', { receipts: ['n1'], received: ['n1'] })), 1);
	t.is(receptions(entry('ok', { receipts: ['n1', 'n2'], received: ['n2'] })), 2);
	t.is(receptions(entry('ok', { receipts: ['n1', 'n1'], received: ['n1'] })), 2);
	t.is(receptions(entry('ok', { received: ['n1', 'n2'] })), 2);
	t.is(receptions(entry('ok', { receipts: ['n1'], received: ['n2'] })), 2);
	t.is(receptions(entry('ok')), 0);
});

test('tries: what one observer told of, or what arrived, whichever is more', (t) => {
	t.is(tries(entry('ok', { receipts: ['n1'], attempts: ['nginx', 'nginx', 'nginx'] })), 3);
	t.is(tries(entry('ok', { receipts: ['n1'], attempts: ['nginx', 'client'] })), 1);
	t.is(tries(entry('ok', { receipts: ['n1', 'n2'] })), 2);
});

test('touched by a receipt, a line or a try', (t) => {
	t.true(touched(entry('ok', { receipts: ['n1'] }), new Set(['n1'])));
	t.true(touched(entry('ok', { received: ['n1'] }), new Set(['n1'])));
	const tried = entry('ok', { attempts: ['client'] });
	t.false(touched(tried, new Set(['n9'])), 'a try that provably never left is no chance of a replay');
	tried.attempts[0]!.outcome = 'failed';
	t.true(touched(tried, new Set(['n9'])));
	t.false(touched(entry('ok', { receipts: ['n1'] }), new Set(['n2'])));
});

test('each request has exactly one class', (t) => {
	const cases: [Entry, (typeof LEDGER_CLASSES)[number]][] = [
		[entry('ok', { receipts: ['n1'], done: [50] }), 'ok-once'],
		[entry('ok', { receipts: ['n1', 'n2'], done: [50] }), 'replayed'],
		[entry('ok', { receipts: ['n1', 'n2'], done: [50, 60] }), 'double-executed'],
		[entry('open', { receipts: ['n1', 'n2'], done: [50, 60] }), 'double-executed'],
		[entry('failed', { receipts: ['n1'], done: [50] }), 'ghost'],
		[entry('failed', { receipts: ['n1'], done: [150] }), 'late'],
		[entry('ok', { receipts: ['n1'] }), 'lost'],
		[{ ...entry('ok', { receipts: ['n1'] }), request: { ...entry('ok').request, status: 404 } }, 'ok-once'],
		[entry('failed', { receipts: ['n1'] }), 'ambiguous'],
		[entry('failed'), 'missed-retry'],
		[entry('open', { receipts: ['n1'] }), 'unfinished'],
		[entry('untold', { receipts: ['n1'], done: [50] }), 'untold'],
		[entry('untold', { receipts: ['n1', 'n2'], done: [50] }), 'replayed'],
	];
	for (const [one, expected] of cases) t.is(classify(one), expected);
	t.deepEqual(new Set(cases.map(([, name]) => name)), new Set(LEDGER_CLASSES));
});

test('an answer at the tap says when the work was over at the latest: only an arrival after the end is late for certain', (t) => {
	const seen = entry('failed', { receipts: ['n1'], done: [5000] });
	seen.executions[0]!.by = 'tap';
	t.false(executedLate(seen));
	seen.receipts[0]!.t = 101;
	t.true(executedLate(seen));
});

test('nothing is late for a request whose end nobody knows', (t) => {
	t.false(executedLate(entry('open', { done: [1e9] })));
	t.is(endOf(entry('open')), Number.POSITIVE_INFINITY);
});
