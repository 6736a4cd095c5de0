import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { ok, short } from './samples.js';

const near = (a: number | undefined, b: number, by: number): boolean => Math.abs(a! - b) <= by;

test('phi is t / mean / ln 10: threshold 8 is 18.4 mean intervals', (t) => {
	const detector = makeDetector({ kind: 'phi-exponential', window: 20 });
	for (let i = 0; i <= 40; i++) detector.heard(ok(i * 500));
	t.true(near(detector.state(20_000 + 500).score, 1 / Math.LN10, 1e-5));
	const suspect = detector.next!(20_000);
	t.is(short(detector.state(suspect)), '?');
	t.true(near(suspect, 20_000 + 0.5 * 18.4207 * 500, 0.1));
	t.true(near(detector.next!(suspect), 20_000 + 18.4207 * 500, 0.1));
	t.is(short(detector.state(detector.next!(suspect))), '-');
});

test('the first estimate is twice the expected interval; longer ones are not learned', (t) => {
	const detector = makeDetector({ kind: 'phi-exponential', intervalMs: 1000 });
	detector.heard(ok(0));
	t.true(near(detector.state(2000).score, 1 / Math.LN10, 1e-6));
	detector.heard(ok(1000));
	t.true(near(detector.state(2500).score, 1 / Math.LN10, 1e-6), 'the mean of 2000 and 1000');
	detector.heard(ok(4000));
	t.true(near(detector.state(5500).score, 1 / Math.LN10, 1e-6), '3000 was longer than 2000');
	const patient = makeDetector({ kind: 'phi-exponential', maxIntervalMs: 4000 });
	for (const at of [0, 1000, 4000]) patient.heard(ok(at));
	t.true(near(patient.state(6000).score, 1 / Math.LN10, 1e-6), 'the mean of 2000, 1000 and 3000');
});

test('beats that all come at once do not make any silence suspicious', (t) => {
	const detector = makeDetector({ kind: 'phi-exponential', window: 2 });
	for (let i = 0; i < 10; i++) detector.heard(ok(5000));
	t.is(short(detector.state(5001)), '+');
	t.true(Number.isFinite(detector.state(6000).score!));
});

test('time in which we stood still is no silence', (t) => {
	const detector = makeDetector({ kind: 'phi-exponential', threshold: 1 });
	for (let i = 0; i <= 50; i++) detector.heard(ok(i * 1000));
	t.is(short(detector.state(55_000)), '-');
	detector.paused?.(55_000, 5000);
	t.is(short(detector.state(55_000)), '+');
});
