import test from 'ava';
import type { Cohort, Word } from '../../src/detectors/detector.js';
import { makeCohort } from '../../src/detectors/index.js';
import { failed, ok, short } from './samples.js';

const say = (cohort: Cohort, at: number, answers: Record<string, Partial<Word>>): void => {
	for (const [member, word] of Object.entries(answers)) cohort.heard(member, { ...ok(at), ...word });
};
const shorts = (cohort: Cohort, now: number, members: string): string => [...members].map((member) => short(cohort.state(member, now))).join('');

test('who answers otherwise than the majority, twice in a row, dissents', (t) => {
	const cohort = makeCohort({ kind: 'agreement' });
	t.is(cohort.whole(0).state, 'unknown');
	say(cohort, 1000, { a: { answer: 'x' }, b: { answer: 'x' }, c: { answer: 'y' } });
	t.is(shorts(cohort, 1000, 'abcd'), '++?u');
	t.deepEqual(cohort.whole(1000), { state: 'suspect', why: 'c: answers otherwise than 2 of 3', score: 0 });
	say(cohort, 2000, { a: { answer: 'x' }, b: { answer: 'x' }, c: { answer: 'y' } });
	t.is(shorts(cohort, 2000, 'abc'), '++!');
	t.deepEqual(cohort.state('c', 2000), { state: 'warning', why: 'answers otherwise than 2 of 3', score: 2 });
	t.deepEqual(cohort.whole(2000), { state: 'warning', why: 'c answers otherwise than 2 of 3', score: 1 / 3 });
	say(cohort, 3000, { c: { answer: 'x' } });
	t.is(shorts(cohort, 3000, 'abc'), '+++');
	t.deepEqual(cohort.whole(3000), { state: 'up', why: '3 agree', score: 0 });
});

test('an update that reaches one replica after the other is no dissent', (t) => {
	const cohort = makeCohort({ kind: 'agreement' });
	say(cohort, 1000, { a: { answer: '1' }, b: { answer: '1' }, c: { answer: '1' } });
	let seen = '';
	for (const [at, member] of ['a', 'b', 'c'].entries()) {
		say(cohort, 2000 + at, { [member]: { answer: '2' } });
		seen += ` ${shorts(cohort, 2000 + at, 'abc')}`;
	}
	t.is(seen, ' ?++ ++? +++');
});

test('without a majority nobody is right', (t) => {
	const two = makeCohort({ kind: 'agreement' });
	say(two, 1000, { a: { answer: 'x' } });
	t.deepEqual(two.state('a', 1000), { state: 'unknown', why: 'no other answer to compare' });
	say(two, 1000, { b: { answer: 'y' } });
	t.is(shorts(two, 1000, 'ab'), '??');
	t.is(two.state('a', 1000).why, 'no majority among 2 answers');
	const four = makeCohort({ kind: 'agreement', confirm: 1 });
	say(four, 1000, { a: { answer: 'x' }, b: { answer: 'x' }, c: { answer: 'y' }, d: { answer: 'y' } });
	t.is(shorts(four, 1000, 'abcd'), '????');
});

test('lag: too far behind the furthest', (t) => {
	const cohort = makeCohort({ kind: 'agreement', maxLag: 5, as: 'down' });
	say(cohort, 1000, { a: { height: 105 }, b: { height: 100 }, c: { height: 99 } });
	t.is(shorts(cohort, 1000, 'abc'), '++-');
	t.deepEqual(cohort.state('c', 1000), { state: 'down', why: '6 behind the furthest', score: 6 });
	t.is(cohort.state('b', 1000).why, '5 behind the furthest');
	t.is(cohort.whole(1000).why, 'c 6 behind the furthest');
});

test('only fresh answers are compared; failures and our own pauses say nothing', (t) => {
	const cohort = makeCohort({ kind: 'agreement', confirm: 1 });
	say(cohort, 1000, { a: { answer: 'x' }, b: { answer: 'x' } });
	say(cohort, 9000, { c: { answer: 'y' } });
	cohort.heard('c', { ...failed(9500), answer: 'x' });
	t.is(shorts(cohort, 9500, 'abc'), '++!');
	t.is(cohort.next?.(9500), 11_000);
	t.is(shorts(cohort, 11_000, 'abc'), 'uuu');
	cohort.paused?.(14_000, 4000);
	t.is(shorts(cohort, 14_000, 'abc'), '++!');
});
