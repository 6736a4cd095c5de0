import test from 'ava';
import { CHOOSER_NAMES, type ChooserName, KEYED_POLICIES } from '../../src/model/plan.js';
import { rng } from '../../src/model/rng.js';
import { makePolicy } from '../../src/policies/index.js';
import { type Observation, rank } from '../../src/policies/ranking.js';

const seen = (endpoint: string, more: Partial<Observation> = {}): Observation => ({
	endpoint,
	state: 'up',
	weight: 1,
	ewmaMs: 50,
	peakMs: 50,
	throughput: 20,
	pending: 0,
	load: null,
	qps: null,
	failures: 0,
	...more,
});

const A = seen('a', { ewmaMs: 20, peakMs: 90, throughput: 10, pending: 4, load: 0.2, weight: 1 });
const B = seen('b', { ewmaMs: 40, peakMs: 45, throughput: 40, pending: 1, load: 0.8, weight: 1 });
const C = seen('c', { ewmaMs: 60, peakMs: 60, throughput: 20, pending: 0, load: 0.5, weight: 2 });

/** First, second, third; and the weights in that order. */
const ORDERS: [policy: ChooserName, order: string, weights: number[]][] = [
	['random', 'abc', [1, 1, 1]],
	['round-robin', 'abc', [1, 1, 1]],
	['weighted', 'cab', [50, 25, 25]],
	['weighted-edf', 'cab', [50, 25, 25]],
	// 2/1, 1/2, 1/5
	['least-load', 'cba', [74, 19, 7]],
	['least-request', 'cba', [74, 19, 7]],
	// The pairs that each wins: c 2, b 1, a 0.
	['p2c', 'cba', [66, 33, 1]],
	// 2/60, 1/80, 1/100
	['least-response-time', 'cba', [60, 22, 18]],
	// 2/60, 1/90, 1/450
	['peak-ewma', 'cba', [71, 24, 5]],
	['p2c-peak-ewma', 'cba', [66, 33, 1]],
	// 40, 20 × 2, 10
	['max-throughput', 'bca', [45, 44, 11]],
	// 1/0.2, 1/0.5, 1/0.8
	['orca-weighted', 'acb', [61, 24, 15]],
	// 1/0.2, 2/0.5, 1/0.8
	['least-reported-load', 'acb', [49, 39, 12]],
];

for (const [policy, order, weights] of ORDERS) {
	test(`${policy}: ${order}`, (t) => {
		const places = rank(policy, [A, B, C]);
		t.is(places.map(({ endpoint }) => endpoint).join(''), order);
		// Two choices never send to the worst of three, which keeps a weight of 1: 0 is for who is down.
		t.deepEqual(
			places.map(({ weight }) => weight),
			weights,
		);
		t.deepEqual(
			places.map(({ rank }) => rank),
			[1, 2, 3],
		);
		t.true(Math.abs(places.reduce((sum, { score }) => sum + score, 0) - 1) < 1e-9);
		for (const { why } of places) t.true(why.length > 3);
	});
}

test('every policy: down endpoints are last, with 0, and the reason that its detector gave', (t) => {
	const observations = [seen('x', { state: 'down', stateWhy: '3 of 3 missed: refused' }), A, seen('y', { state: 'suspect', stateWhy: '1 missed' }), C];
	for (const policy of CHOOSER_NAMES) {
		const places = rank(policy, observations);
		t.like(places[3], { rank: 4, endpoint: 'x', score: 0, weight: 0, why: '3 of 3 missed: refused' }, policy);
		t.true(
			places.every(({ endpoint, why }) => endpoint !== 'y' || why.includes('suspect: 1 missed')),
			policy,
		);
		t.true(Math.abs(places.reduce((sum, { score }) => sum + score, 0) - 1) < 1e-9, policy);
	}
});

test('every policy: nothing known, nothing there, all down, one alone', (t) => {
	const blank = { ewmaMs: null, peakMs: null, throughput: null };
	for (const policy of CHOOSER_NAMES) {
		t.deepEqual(rank(policy, []), []);
		const unknown = rank(policy, [seen('a', { ...blank, state: 'unknown' }), seen('b', { ...blank, state: 'unknown' })]);
		t.true(
			unknown.every(({ score }) => score > 0.3 && score < 0.7),
			`${policy} ${JSON.stringify(unknown)}`,
		);
		t.true(rank(policy, [seen('a', { state: 'down' }), seen('b', { state: 'down' })]).every(({ weight }) => weight === 0));
		t.like(rank(policy, [seen('a', blank)])[0], { score: 1, weight: 1 }, policy);
	}
});

test('with a key, the keyed ones rank by who would have it, exactly as the policy finds it', (t) => {
	const all = ['a', 'b', 'c', 'd'].map((name) => seen(name));
	for (const policy of KEYED_POLICIES) {
		for (let user = 0; user < 40; user++) {
			const order = rank(policy, all, `user ${user}`);
			t.deepEqual(
				order.map(({ score }) => score),
				[1, 0, 0, 0],
			);
			const left = all.map(({ endpoint, weight }, index) => ({ index, name: endpoint, weight }));
			for (const { endpoint } of order) {
				const at = makePolicy(policy).pick(left, rng(1), 0, `user ${user}`);
				t.is(left[at]?.name, endpoint, `${policy} ${user}`);
				left.splice(at, 1);
			}
		}
	}
});
