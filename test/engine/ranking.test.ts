import test from 'ava';
import { observe, ranking, recommend, type Watched } from '../../src/engine/ranking.js';
import { rng } from '../../src/model/rng.js';
import { NO_PHASES, type Sample } from '../../src/model/sample.js';

const sample = (sentMs: number, latencyMs: number, more: Partial<Sample> = {}): Sample => ({
	dueMs: sentMs,
	sentMs,
	endMs: sentMs + latencyMs,
	verdict: 'ok',
	fresh: false,
	phases: NO_PHASES,
	uncertaintyMs: 0,
	bytes: { sent: 1, received: 1 },
	...more,
});

const watched = (endpoint: string, samples: readonly Sample[], state: Watched['opinion']['state'] = 'up'): Watched => ({
	endpoint,
	weight: 1,
	opinion: { state, why: state === 'up' ? 'answers' : '3 of 3 missed: refused' },
	samples,
});

const steady = (latencyMs: number, count = 20, from = 0): Sample[] => Array.from({ length: count }, (_, i) => sample(from + i * 100, latencyMs));

test('samples become observations: means, throughput, failures, reported load', (t) => {
	const [a, b, c] = observe([
		watched('a', [...steady(10), sample(2000, 10, { load: 40 }), sample(2100, 10)]),
		watched('b', [...steady(20, 9), sample(1000, 20, { verdict: 'failed', reason: 'status' })]),
		watched('c', []),
	]);
	t.true(Math.abs(a!.ewmaMs! - 10) < 1e-9 && Math.abs(a!.peakMs! - 10) < 1e-9);
	t.like(a, { load: 0.4, failures: 0, state: 'up' });
	t.true(Math.abs(a!.throughput! - 100) < 1e-9, 'one at a time, 10 ms each');
	t.true(Math.abs(b!.throughput! - 45) < 1e-9, '9 good ones in 200 ms');
	t.true(Math.abs(b!.failures - 0.1) < 1e-9);
	t.like(c, { ewmaMs: null, peakMs: null, throughput: null, load: null, failures: 0 });
});

test('what our own machine did says nothing; a peak shows in one of the means only', (t) => {
	const local = sample(2000, 5000, { verdict: 'failed', reason: 'local' });
	t.deepEqual(observe([watched('a', [...steady(10), local])]), observe([watched('a', steady(10))]));
	const [o] = observe([watched('a', [...steady(10), sample(2000, 400)])]);
	t.is(o?.peakMs, 400);
	t.true(o!.ewmaMs! < 40);
});

test('the document of rank --json', (t) => {
	const doc = ranking('peak-ewma', [watched('slow', steady(80)), watched('dead', [], 'down'), watched('fast', steady(8))]);
	t.is(doc.schema, 'daruma.rank/1');
	t.deepEqual(
		doc.ranking.map(({ endpoint, weight }) => [endpoint, weight]),
		[
			['fast', 91],
			['slow', 9],
			['dead', 0],
		],
	);
	t.deepEqual(Object.keys(doc.ranking[0]!), ['rank', 'endpoint', 'state', 'score', 'weight', 'why']);
});

test('a recommendation from measured latencies: the numbers behind it, and what they cannot carry', (t) => {
	const chance = rng(5);
	const noisy = (mean: number, count: number): Sample[] => Array.from({ length: count }, (_, i) => sample(i * 100, mean * (0.8 + 0.4 * chance.next())));
	const found = recommend([watched('a', noisy(30, 120)), watched('b', noisy(32, 120)), watched('c', noisy(90, 40)), watched('d', [], 'down')], {
		durationMs: 10_000,
	});
	t.is(found.situations.length, 2);
	t.is(found.situations[1]?.name, 'a ten times slower for a third of the time');
	t.true(['peak-ewma', 'p2c-peak-ewma', 'least-response-time'].includes(found.recommended), found.recommended);
	const [measured, disturbed] = found.situations.map(({ policies }) => new Map(policies.map((each) => [each.policy, each])));
	t.true(disturbed!.get(found.recommended)!.meanMs < disturbed!.get('round-robin')!.meanMs);
	t.true(measured!.get(found.recommended)!.meanMs < measured!.get('round-robin')!.meanMs, 'a third of round robin meets c');
	t.regex(found.why, /as measured: rank \d+ of 18, .+ten times slower/);
	t.true(found.notes.some((note) => note.includes('c 40')) && found.notes.some((note) => note.includes('left out: d')));
	t.deepEqual(recommend([watched('a', noisy(30, 120))], { durationMs: 5000 }).situations.length, 1, 'one endpoint has nothing to fail over to');
	t.throws(() => recommend([watched('d', [], 'down')]), { instanceOf: RangeError });
});

test('failures that were measured are failures of the simulated node', (t) => {
	const half = Array.from({ length: 100 }, (_, i) => sample(i * 100, 10, i % 2 === 0 ? {} : { verdict: 'failed', reason: 'status' }));
	const { situations } = recommend([watched('a', half), watched('b', steady(10, 100))], { durationMs: 10_000, policies: ['round-robin'] });
	t.true(Math.abs(situations[0]!.policies[0]!.success - 0.75) < 0.03);
});
