import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { meanOf, normalQuantile, type Service, serviceAt } from '../../src/simulator/service.js';

test('the normal quantile, by tables', (t) => {
	for (const [u, z] of [
		[0.5, 0],
		[0.975, 1.959963985],
		[0.025, -1.959963985],
		[0.001, -3.090232306],
		[0.99, 2.326347874],
		[0.01, -2.326347874],
	] as const)
		t.true(Math.abs(normalQuantile(u) - z) < 1e-7, `${u} ${normalQuantile(u)}`);
	t.true(Number.isFinite(normalQuantile(0)) && Number.isFinite(normalQuantile(1)));
});

const CASES: [service: Service, mean: number, sd: number][] = [
	[{ kind: 'constant', meanMs: 50 }, 50, 0],
	[{ kind: 'normal', meanMs: 167, sdMs: 5 }, 167, 5],
	[{ kind: 'lognormal', meanMs: 50, sdMs: 40 }, 50, 40],
	[{ kind: 'exponential', meanMs: 100 }, 100, 100],
	[{ kind: 'measured', sortedMs: [10, 20, 30, 40] }, 25, Math.sqrt(125)],
];
for (const [service, mean, sd] of CASES) {
	test(`${service.kind}: mean and deviation of what is drawn`, (t) => {
		const [at, chance] = [serviceAt(service), rng(3)];
		const drawn = Array.from({ length: 50_000 }, () => at(chance.next()));
		const m = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
		const s = Math.sqrt(drawn.reduce((sum, x) => sum + (x - m) ** 2, 0) / drawn.length);
		t.true(Math.abs(m - mean) <= 0.02 * mean, `${m}`);
		t.true(Math.abs(s - sd) <= 0.04 * sd, `${s}`);
		t.true(drawn.every((x) => x >= 0));
		t.is(meanOf(service), mean);
	});
}
