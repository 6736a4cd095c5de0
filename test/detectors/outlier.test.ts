import test from 'ava';
import type { Cohort } from '../../src/detectors/detector.js';
import { makeCohort } from '../../src/detectors/index.js';
import { failed, ok } from './samples.js';

/** One interval of 10 s: each member's successes and failures, and the state at its end. */
const interval = (cohort: Cohort, from: number, volumes: Record<string, [number, number]>): string => {
	for (const [name, [good, bad]] of Object.entries(volumes)) {
		for (let i = 0; i < good; i++) cohort.heard(name, ok(from + 1));
		for (let i = 0; i < bad; i++) cohort.heard(name, failed(from + 1));
	}
	return out(cohort, from + 10_001, Object.keys(volumes));
};
const out = (cohort: Cohort, now: number, names: string[]): string => names.filter((name) => cohort.state(name, now).state === 'down').join('');

const ten = (bad: Record<string, number>, volume = 100): Record<string, [number, number]> =>
	Object.fromEntries([...'abcdefghij'].map((name) => [name, [volume - (bad[name] ?? 0), bad[name] ?? 0]]));

test('success rate: below mean − 1.9 standard deviations', (t) => {
	// Rates: nine of 1, one of 0.7. Mean 0.97, deviation 0.09, so the limit is 0.799.
	t.is(interval(makeCohort({ kind: 'outlier' }), 0, ten({ c: 30 })), 'c');
	// Five at 1 and five at 0.7 are two kinds, not outliers.
	t.is(interval(makeCohort({ kind: 'outlier' }), 0, ten({ a: 30, b: 30, c: 30, d: 30, e: 30 })), '');
	t.is(interval(makeCohort({ kind: 'outlier', deviations: 0 }), 0, ten({ c: 30 })), '', 'switched off');
	t.is(interval(makeCohort({ kind: 'outlier' }), 0, ten({ c: 20 }, 99)), '', 'too little was asked');
	const four = Object.fromEntries(Object.entries(ten({ a: 50 })).slice(0, 4));
	t.is(interval(makeCohort({ kind: 'outlier' }), 0, four), '', 'too few members');
});

test('failure share: above 85 %, with 50 samples of 5 members', (t) => {
	const of = (bad: number, volume: number) => ten({ c: bad }, volume);
	const only = { kind: 'outlier', deviations: 0 };
	t.is(interval(makeCohort(only), 0, of(43, 50)), 'c');
	t.is(interval(makeCohort(only), 0, of(85, 100)), '', 'more than, not as many as');
	t.is(interval(makeCohort(only), 0, of(49, 49)), '');
	t.is(interval(makeCohort({ ...only, failureShare: 1 }), 0, of(100, 100)), '');
	const cohort = makeCohort(only);
	interval(cohort, 0, of(90, 100));
	t.deepEqual(cohort.state('c', 10_002), { state: 'down', why: '90 % failed, more than 85 %; ejected for 30 s', score: 0.9 });
	t.deepEqual(cohort.whole(10_002), { state: 'warning', why: '1 of 10 ejected', score: 0.1 });
});

test('at most a share is out, and one always may be', (t) => {
	const bad = ten({ a: 100, b: 100, c: 100 });
	t.is(interval(makeCohort({ kind: 'outlier', deviations: 0 }), 0, bad), 'a', '10 % of ten');
	t.is(interval(makeCohort({ kind: 'outlier', deviations: 0, maxShare: 0.25 }), 0, bad), 'abc', 'judged before each: at 20 % a third goes');
	t.is(interval(makeCohort({ kind: 'outlier', deviations: 0, maxShare: 0 }), 0, bad), '');
	const five = Object.fromEntries(Object.entries(bad).slice(0, 5));
	t.is(interval(makeCohort({ kind: 'outlier', deviations: 0 }), 0, five), 'a', 'one of five, though that is 20 %');
});

test('an ejection lasts base × times; a clean interval takes one time off', (t) => {
	const cohort = makeCohort({ kind: 'outlier', deviations: 0, maxMs: 80_000 });
	const bad = ten({ c: 100 });
	const lasts: number[] = [];
	let now = 0;
	for (let round = 0; round < 4; round++) {
		t.is(interval(cohort, now, bad), 'c');
		const from = now + 10_000;
		now = from;
		while (out(cohort, now + 1, ['c']) === 'c') now += 10_000;
		lasts.push(now - from);
	}
	t.deepEqual(lasts, [30_000, 60_000, 80_000, 80_000], 'and no longer than maxMs');
	for (let clean = 0; clean < 10; clean++) {
		interval(cohort, now, ten({}));
		now += 10_000;
	}
	interval(cohort, now, bad);
	t.regex(cohort.state('c', now + 10_002).why, /ejected for 30 s$/);
});

test('after a long silence ejections have ended, also of a member that was never heard again', (t) => {
	const cohort = makeCohort({ kind: 'outlier', deviations: 0 });
	t.is(cohort.next?.(0), Number.POSITIVE_INFINITY);
	interval(cohort, 0, ten({ c: 100 }));
	t.is(cohort.next?.(10_002), 20_002 - 1);
	t.is(cohort.state('c', 1e12).state, 'up');
	t.is(cohort.state('z', 1e12).state, 'unknown');
});

test('our own failures and pauses eject nobody', (t) => {
	const cohort = makeCohort({ kind: 'outlier', deviations: 0 });
	for (const name of 'abcdefghij') for (let i = 0; i < 60; i++) cohort.heard(name, ok(1));
	cohort.paused?.(6000, 5000);
	for (let i = 0; i < 1000; i++) cohort.heard('c', failed(6001, { sentMs: 2000, reason: 'answer-timeout' }));
	for (let i = 0; i < 1000; i++) cohort.heard('d', failed(6002, { reason: 'local' }));
	t.is(cohort.next?.(6002), 15_001);
	t.is(out(cohort, 30_000, ['c', 'd']), '');
});
