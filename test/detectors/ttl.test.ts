import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { failed, ok, short } from './samples.js';

test('silence past the TTL is down, at the instant that it named', (t) => {
	const detector = makeDetector({ kind: 'ttl', ttlMs: 3000 });
	t.deepEqual([short(detector.state(9000)), detector.next?.(9000)], ['u', Number.POSITIVE_INFINITY]);
	detector.heard(ok(1000));
	t.is(detector.next?.(1000), 4000);
	t.deepEqual([short(detector.state(3999)), short(detector.state(4000))], ['+', '-']);
	t.deepEqual(detector.state(5500), { state: 'down', why: 'silent past its TTL of 3000 ms', score: 1.5 });
	t.is(detector.next?.(4000), Number.POSITIVE_INFINITY);
	detector.heard(ok(6000));
	t.is(short(detector.state(6000)), '+');
});

test('a report that it fails is down at once, one that warns a warning', (t) => {
	const detector = makeDetector({ kind: 'ttl' });
	detector.heard(ok(1000, { verdict: 'warning' }));
	t.is(short(detector.state(1000)), '!');
	detector.heard(failed(2000, { reason: 'not-serving' }));
	t.is(detector.state(2000).why, 'it reports that it fails: not-serving');
	t.is(short(detector.state(2000)), '-');
	detector.heard(ok(3000));
	t.is(short(detector.state(3000)), '+');
});

test('time in which we stood still is no silence', (t) => {
	const detector = makeDetector({ kind: 'ttl', ttlMs: 3000 });
	detector.heard(ok(1000));
	detector.paused?.(7000, 5000);
	t.deepEqual([short(detector.state(7000)), detector.next?.(7000)], ['+', 9000]);
	detector.paused?.(7500, 5000);
	t.is(detector.next?.(7500), 10_500, 'and it is never shifted into the future');
});
