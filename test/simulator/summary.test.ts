import test from 'ava';
import { arrivals } from '../../src/simulator/arrivals.js';
import { fairShareOfDisturbed, quantile, summarise } from '../../src/simulator/summary.js';
import { scene } from './scenes.js';

const of = scene({ rate: 1000, durationMs: 3000, withinMs: 100, warmUpMs: 1000 });
const users = arrivals(of);
const balanced = (change: object = {}) => ({
	policy: 'random' as const,
	node: Uint16Array.from({ length: users.count }, (_, i) => i % 3),
	latencyMs: Float64Array.from({ length: users.count }, (_, i) => (i < 1000 ? 9999 : i - 999)),
	ok: new Uint8Array(users.count).fill(1),
	...change,
});

test('nearest rank', (t) => {
	const sorted = Float64Array.from({ length: 1000 }, (_, i) => i + 1);
	t.deepEqual(
		[0, 0.5, 0.99, 0.999, 1].map((q) => quantile(sorted, q)),
		[1, 500, 990, 999, 1000],
	);
});

test('counts only what came after the warm-up; good and in time is success', (t) => {
	const s = summarise(of, users, balanced());
	t.like(s, { requests: 2000, success: 99 / 2000, meanMs: 1000.5, p50Ms: 1000, p99Ms: 1980, p999Ms: null, toDisturbed: null });
	t.true(Math.abs(s.loadSkew - 667 / (2000 / 3)) < 1e-9);
	t.is(summarise(of, users, balanced({ ok: new Uint8Array(users.count) })).success, 0);
});

test('too few requests support no percentile', (t) => {
	const few = scene({ rate: 100, durationMs: 2000 });
	const own = arrivals(few);
	const s = summarise(few, own, { ...balanced(), latencyMs: new Float64Array(own.count).fill(1) });
	t.is(s.p99Ms, null);
});

test('what went to disturbed nodes while they were, and what chance would send there', (t) => {
	const disturbed = { ...of, disturbances: [{ kind: 'dead' as const, node: 'n1', fromMs: 1500, toMs: 2000 }] };
	const s = summarise(disturbed, users, balanced());
	t.true(Math.abs(s.toDisturbed! - 1 / 3) < 0.01);
	t.true(Math.abs(fairShareOfDisturbed(disturbed) - 1 / 3) < 1e-9);
	const two = { ...of, disturbances: [...disturbed.disturbances, { kind: 'frozen' as const, node: 'n2', fromMs: 1750, toMs: Number.POSITIVE_INFINITY }] };
	// 250 ms one of three, 250 ms two, 1000 ms one.
	t.true(Math.abs(fairShareOfDisturbed(two) - (250 / 3 + 500 / 3 + 1000 / 3) / 1500) < 1e-9);
	t.is(fairShareOfDisturbed(of), 0);
});
