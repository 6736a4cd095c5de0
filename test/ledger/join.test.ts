import test from 'ava';
import { joinRun } from '../../src/ledger/run.js';
import type { Event } from '../../src/model/event.js';
import { history, planOf, type Scene } from '../checks/history.js';

const joined = (scene: Scene) => joinRun(history(scene), planOf())[0]!.ledger!;

test('every request has what was seen of it, by id', (t) => {
	const ledger = joined({ by: 'nginx' });
	t.is(ledger.entries.length, 2050);
	const entry = ledger.byId.get('r1')!;
	t.deepEqual([entry.attempts.length, entry.receipts.length, entry.received.length, entry.responses.length, entry.executions.length], [1, 1, 1, 1, 1]);
	t.is(entry.executions[0]!.by, 'replica');
	t.deepEqual([...ledger.nodes], ['n1', 'n2', 'n3']);
	t.is(ledger.strays.length, 0);
});

test('a node that keeps no ledger of a method is known by its complete, real answers', (t) => {
	t.is(joined({ without: ['ledger'] }).byId.get('r1')!.executions[0]!.by, 'tap');
	const injected: Event = { kind: 'response', t: 2000, id: 'r9', node: 'n1', status: 503, conn: 1, life: 1, injected: true };
	const entry = joined({ without: ['ledger'], more: [injected], fate: ({ id }) => (id === 'r9' ? { nodes: [] } : undefined) }).byId.get('r9')!;
	t.deepEqual([entry.responses.length, entry.executions.length], [1, 0]);
	const posts: Event = { kind: 'executed', t: 2000, id: 'r2', node: 'n2', method: 'POST' };
	const mixed = joined({ without: ['ledger'], more: [posts] });
	t.deepEqual([mixed.keepsLedger('n2', 'POST'), mixed.keepsLedger('n2', 'GET'), mixed.keepsLedger('n1', 'POST')], [true, false, false]);
});

test('a refusal is no execution, and lines that only tell of arrivals are no ledger of work', (t) => {
	const busy = joined({
		without: ['ledger'],
		fate: ({ id }) => (id === 'r9' ? { nodes: ['n1', 'n2'], executed: [{ node: 'n2' }], answers: [{ node: 'n1', status: 503 }] } : undefined),
	});
	t.is(busy.byId.get('r9')!.executions.length, 1);
	const arrivals = joinRun(
		history({}).filter((e) => e.kind !== 'executed'),
		planOf(),
	)[0]!.ledger!;
	t.false(arrivals.keepsLedger('n1', 'GET'));
	t.is(arrivals.byId.get('r1')!.executions[0]!.by, 'tap');
	const liar = joinRun(
		history({}).filter((e) => e.kind !== 'executed' || e.node !== 'n1'),
		planOf(),
	)[0]!.ledger!;
	t.true(liar.keepsLedger('n1', 'GET'), 'the others tell of work, so it would too');
});

test('an id that two requests share joins nothing', (t) => {
	const twin: Event = { kind: 'request', t: 2000, sentMs: 2000, endMs: 2050, id: 'r1', method: 'GET', path: '/task', mix: 0, idempotent: true, outcome: 'ok' };
	const ledger = joined({ more: [twin] });
	t.is(ledger.byId.get('r1'), undefined);
	t.is(ledger.strays.length, 1);
	t.is(ledger.entries.filter((e) => e.request.id === 'r1').length, 2);
});

test('unfinished requests have failed if their timeout had passed, else nobody knows', (t) => {
	const states = (latencyMs: number): string[] =>
		joined({ fate: ({ i }) => (i >= 2040 ? { outcome: 'unfinished', latencyMs } : undefined) })
			.entries.slice(-10)
			.map((e) => e.state);
	t.deepEqual([...new Set(states(5500))], ['failed']);
	const late = history({ without: ['end'], fate: ({ i }) => (i === 2049 ? { outcome: 'unfinished', latencyMs: 100 } : undefined) });
	t.is(joinRun(late, planOf())[0]!.ledger!.entries.at(-1)!.state, 'open');
});
