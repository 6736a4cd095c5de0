import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { failed, ok, states } from './samples.js';

const make = (settings = {}) => makeDetector({ kind: 'rise-fall', ...settings });

test('three failures in a row make it down, two successes up again', (t) => {
	for (const [samples, seen] of [
		['+--+---', '+??+??-'],
		['+---++', '+??--+'],
		['+---+-++', '+??----+'],
		['+-+-+-+-', '+?+?+?+?'],
		['+!-!', '+!?!'],
	] as const)
		t.is(states(make(), samples), seen, samples);
	t.is(states(make({ fall: 1, rise: 1 }), '+-+-'), '+-+-');
	t.is(states(make({ fall: 2, rise: 3 }), '+--++-+++'), '+?------+');
});

test('the first sample of all decides at once', (t) => {
	t.deepEqual(make().state(0), { state: 'unknown', why: 'not yet heard' });
	t.is(states(make(), '+'), '+');
	t.is(states(make(), '-+-++'), '----+');
});

test('our own failures say nothing', (t) => {
	t.is(states(make(), 'lll+--l-'), 'uuu+???-');
});

test('it says why, and what it wants to be asked', (t) => {
	const detector = make();
	t.is(detector.pace?.(), 'normal');
	detector.heard(ok(1000));
	t.is(detector.pace?.(), 'normal');
	detector.heard(failed(2000));
	t.deepEqual(detector.state(2000), { state: 'suspect', why: '1 of 3 missed: refused', score: 1 });
	t.is(detector.pace?.(), 'fast');
	detector.heard(failed(2500));
	detector.heard(failed(3000, { reason: 'answer-timeout' }));
	t.deepEqual(detector.state(3000), { state: 'down', why: '3 missed in a row: answer-timeout', score: 3 });
	t.is(detector.pace?.(), 'down');
	detector.heard(ok(5000));
	t.is(detector.state(5000).why, '1 of 2 answered since it was down');
	t.is(detector.pace?.(), 'fast', 'coming up is confirmed quickly too');
	detector.heard(ok(5500));
	t.deepEqual([detector.state(5500).state, detector.pace?.()], ['up', 'normal']);
});

test('questions that were on their way while we stood still convict nobody', (t) => {
	const detector = make({ fall: 1 });
	detector.heard(ok(1000));
	detector.paused?.(6000, 5000);
	for (const sentMs of [1500, 2000, 5999]) detector.heard(failed(6001, { sentMs, reason: 'answer-timeout' }));
	t.is(detector.state(6001).state, 'up');
	detector.heard(failed(7000, { sentMs: 6002 }));
	t.is(detector.state(7000).state, 'down', 'what was asked afterwards counts');
});
