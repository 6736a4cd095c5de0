import test from 'ava';
import { joinExperiment } from '../../src/ledger/join.js';
import { ownTraffic, requestsOfOwn } from '../../src/ledger/own.js';
import type { Slice } from '../../src/ledger/slice.js';
import type { Event } from '../../src/model/event.js';
import { planOf } from '../checks/history.js';

const receipt = (t: number, id: string | null, method = 'POST', path = '/order', node = 'n1'): Event => ({
	kind: 'receipt',
	t,
	id,
	node,
	method,
	path,
	conn: 1,
	life: 1,
});
const executed = (t: number, id: string, node = 'n1'): Event => ({ kind: 'executed', t, id, node, method: 'POST' });
const slice = (events: Event[]): Slice => ({
	experiment: 0,
	events,
	phases: { start: 0, baseline: 0, fault: 1000, drain: 5000, end: 6000 },
	startMs: 0,
	trafficEndMs: 5000,
	endMs: 6000,
	drained: true,
	damaged: 0,
	faults: [],
	offered: [],
});
const plan = planOf();
const joined = (events: Event[]) =>
	joinExperiment(slice(events), plan.experiments[0]!, { ...plan, traffic: { ...plan.traffic, command: { argv: ['x'], env: {}, cwd: '/', finishMs: 0 } } });

test('one request for each id, from its first sight to its last', (t) => {
	const events = [
		receipt(10, 'a'),
		executed(30, 'a'),
		receipt(20, 'b', 'GET', '/list?page=1'),
		receipt(50, 'a', 'POST', '/order', 'n2'),
		receipt(25, 'probe-1'),
	];
	const found = requestsOfOwn(slice(events), (id) => id?.startsWith('probe-') ?? false);
	t.deepEqual(
		found.map(({ id, method, t: from, endMs, idempotent }) => [id, method, from, endMs, idempotent]),
		[
			['a', 'POST', 10, 50, false],
			['b', 'GET', 20, 20, true],
		],
	);
	const entry = joined(events).byId.get('a')!;
	t.deepEqual([entry.state, entry.receipts.length, entry.executions.length], ['untold', 2, 1]);
});

test('an id on two different requests joins nothing, so it proves nothing', (t) => {
	const ledger = joined([receipt(10, 'trace', 'POST', '/a'), receipt(20, 'trace', 'POST', '/b'), executed(30, 'trace'), executed(40, 'trace')]);
	t.is(ledger.byId.get('trace'), undefined);
	t.is(ledger.strays.length, 2);
	t.true(ledger.entries.every((entry) => entry.executions.length === 0));
});

test('which receipts without an id are traffic that cannot be told apart', (t) => {
	const isTraffic = ownTraffic([receipt(10, 'a', 'GET', '/list'), receipt(11, null, 'GET', '/healthz')]);
	t.false(isTraffic('GET', '/healthz'), 'a health check: safe, on a path where nothing carries an id');
	t.true(isTraffic('GET', '/list?page=2'));
	t.true(isTraffic('POST', '/healthz'));
	t.true(ownTraffic([receipt(10, null)])('GET', '/healthz'), 'where nothing carries an id, nothing is known');
});
