import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { deviations } from '../../src/detectors/phi.js';
import { failed, ok, short } from './samples.js';

const near = (a: number | undefined, b: number, by: number): boolean => Math.abs(a! - b) <= by;

test('phi 8 is 5.23 standard deviations, phi 1 is 1.28', (t) => {
	t.true(near(deviations(8), 5.23, 0.005));
	t.true(near(deviations(1), 1.28, 0.005));
	t.true(near(deviations(Math.log10(2)), 0, 1e-9), 'half of all intervals are longer than the mean');
	for (let phi = 0.1; phi < 300; phi *= 1.3) {
		const y = deviations(phi);
		const u = y * (1.5976 + 0.070566 * y * y);
		t.true(near((Math.max(0, u) + Math.log1p(Math.exp(-Math.abs(u)))) / Math.LN10, phi, 1e-9 * phi), `${phi}`);
	}
});

test('the first estimate is the expected interval, a quarter up and down', (t) => {
	const detector = makeDetector({ kind: 'phi', pauseMs: 0 });
	t.deepEqual([short(detector.state(0)), detector.next?.(0)], ['u', Number.POSITIVE_INFINITY]);
	detector.heard(ok(10_000));
	// Mean 1000, standard deviation 250.
	t.true(near(detector.state(11_000).score, Math.log10(2), 1e-9));
	const down = 10_000 + 1000 + deviations(8) * 250;
	const suspect = detector.next!(10_000);
	t.true(near(suspect, 10_000 + 1000 + deviations(4) * 250, 1e-6));
	t.is(short(detector.state(suspect)), '?');
	t.true(near(detector.next!(suspect), down, 1e-6));
	t.is(short(detector.state(detector.next!(suspect))), '-');
	t.true(near(detector.state(down).score, 8, 1e-6));
	t.is(detector.next!(down + 1), Number.POSITIVE_INFINITY);
	t.is(detector.state(1e9).why, 'phi 1000 and more, above 8');
});

test("known intervals: mean, least deviation and acceptable pause as in Akka's formula", (t) => {
	const detector = makeDetector({ kind: 'phi', window: 10, minDeviationMs: 50, pauseMs: 300 });
	for (let i = 0; i < 30; i++) detector.heard(ok(1000 + i * 500));
	// All 500 apart: y = (t − 800) / 50.
	const last = 1000 + 29 * 500;
	t.true(near(detector.state(last + 800).score, Math.log10(2), 1e-4));
	const [at800, at900] = [detector.state(last + 800).score!, detector.state(last + 900).score!];
	t.true(at900 > at800 && near(at900, -Math.log10(1 - 0.97725), 0.02), 'two deviations: 2.3 % are longer');
	t.true(near(detector.next!(last + 900), last + 800 + deviations(4) * 50, 0.01));
});

test('what it learns from: neither silences that convict, nor intervals with a failure, nor late order', (t) => {
	const alone = (samples: Parameters<ReturnType<typeof makeDetector>['heard']>[0][], settings = {}): number => {
		const detector = makeDetector({ kind: 'phi', window: 100, pauseMs: 0, ...settings });
		for (let i = 0; i <= 50; i++) detector.heard(ok(i * 1000));
		for (const sample of samples) detector.heard(sample);
		return detector.next!(1e6 - 1) - 1e6;
	};
	const base = alone([ok(1e6)]);
	t.is(alone([ok(1e6), ok(999_000), ok(5)]), base, 'one that comes after a later one');
	t.is(alone([failed(50_500), ok(50_800), ok(1e6)]), base, 'an interval in which a question failed');
	t.is(alone([failed(50_500, { reason: 'local' }), ok(1e6)]), base);
	t.not(alone([ok(1e6)], { learnSuspected: true }), base, "Hayashibara's learns also from what convicted");
	t.not(alone([ok(50_800), ok(1e6)]), base, 'a short one is learned');
});

test('time in which we stood still is no silence, and teaches nothing', (t) => {
	const detector = makeDetector({ kind: 'phi', pauseMs: 0 });
	for (let i = 0; i <= 50; i++) detector.heard(ok(i * 1000));
	const down = detector.next!(detector.next!(50_000)) - 50_000;
	detector.paused?.(55_400, 5000);
	t.is(short(detector.state(55_400)), '+');
	for (let i = 0; i < 5; i++) detector.heard(ok(55_400 + i));
	detector.heard(ok(56_000));
	t.true(near(detector.next!(detector.next!(56_000)) - 56_000, down, 1e-6), 'neither the gap nor the burst was learned');
	for (let i = 1; i <= 10; i++) detector.heard(ok(56_000 + i * 400));
	t.false(near(detector.next!(detector.next!(60_000)) - 60_000, down, 1), 'and it learns again');
});

test('a warning is an answer', (t) => {
	const detector = makeDetector({ kind: 'phi' });
	detector.heard(failed(500));
	t.deepEqual(detector.state(500), { state: 'unknown', why: 'no answer yet' });
	detector.heard(ok(1000, { verdict: 'warning' }));
	t.is(short(detector.state(1500)), '!');
});
