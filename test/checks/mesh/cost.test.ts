import test from 'ava';
import { costOf } from '../../../src/checks/compare/cost.js';
import { between, meshCost } from '../../../src/checks/mesh/cost.js';
import { type Collected, matrixOf } from '../../../src/checks/mesh/matrix.js';
import { mesh } from './stage.js';

const COLLECTING = costOf({ requests: 3, bytesSent: 300, bytesReceived: 900, windowMs: 1000 });
const of = (collected: readonly Collected[]) =>
	meshCost(
		matrixOf(collected, 10_000),
		collected.flatMap(({ views }) => views?.cost ?? []),
		COLLECTING,
	);

test('three nodes: 6 pairs, and 30 with twice as many', (t) => {
	const cost = of(mesh('.UU', 'U.U', 'UU.'));
	t.deepEqual([cost.pairs, cost.nodes, cost.growth, cost.toldBy], [6, 3, 'square', 3]);
	t.like(cost.heartbeats, { requests: 48, windowMs: 2000, requestsPerS: 24, bytesSentPerS: 2400, bytesReceivedPerS: 1200 });
	t.deepEqual(cost.atTwice, { pairs: 30, requestsPerS: 120, bytesSentPerS: 12_000, bytesReceivedPerS: 6000 });
});

test('with a silent one: what is counted is of 4 pairs, what it would be is of all', (t) => {
	const cost = of(mesh('.UD', 'U.D', '-'));
	t.deepEqual([cost.pairs, cost.toldBy, cost.heardOf, cost.heartbeats?.requestsPerS], [6, 2, 2, 16]);
	t.deepEqual([cost.atTwice.pairs, cost.atTwice.requestsPerS], [30, 120]);
});

test('observers apart: twice the endpoints are twice the price', (t) => {
	const views = ['x', 'y'].map((endpoint) => ({ endpoint, state: 'up' as const, sinceMs: 0, latencyMs: 1 }));
	const cost = of([
		{
			url: 'u',
			address: 'a',
			name: null,
			why: '',
			latencyMs: 1,
			views: { vantage: 'v', views, cost: { requests: 10, bytesSent: 1, bytesReceived: 1, forMs: 1000 } },
		},
	]);
	t.deepEqual([cost.growth, cost.pairs, cost.atTwice.pairs, cost.atTwice.requestsPerS], ['linear', 2, 4, 20]);
});

test('nobody tells its counters: no figure, not 0', (t) => {
	const cost = meshCost(matrixOf(mesh('.U', 'U.'), 10_000), [], COLLECTING);
	t.is(cost.heartbeats, null);
	t.is(cost.atTwice.requestsPerS, null);
});

const counted = (requests: number, forMs: number) => ({ requests, bytesSent: requests * 10, bytesReceived: requests * 5, forMs });
test('what was counted between two looks; from its start where it began anew', (t) => {
	t.deepEqual(between(counted(10, 1000), counted(30, 3000)), counted(20, 2000));
	t.deepEqual(between(undefined, counted(30, 3000)), counted(30, 3000));
	t.deepEqual(between(counted(100, 9000), counted(4, 500)), counted(4, 500));
	t.deepEqual(between(counted(4, 500), counted(4, 500)), counted(4, 500));
});
