import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { failed, ok, short, states } from './samples.js';

const make = (settings = {}) => makeDetector({ kind: 'windowed', ...settings });

test('3 of the last 5 failed', (t) => {
	for (const [samples, seen] of [
		['+-+-+-', '+????-'],
		['--++-', '????-'],
		['--+++--', '???????'],
		['---+++++', '??-----+'],
		['+!', '+!'],
	] as const)
		t.is(states(make(), samples), seen, samples);
});

test('clear: how many may be left when it is up again', (t) => {
	t.is(states(make({ clear: 2 }), '---+++++'), '??---??+', '3, then 2 within the last 5');
	t.is(states(make({ failures: 1, of: 1 }), '+-+-'), '+-+-');
});

test('by time: failures grow old, with or without samples', (t) => {
	const detector = make({ withinMs: 10_000, failures: 2 });
	t.deepEqual([short(detector.state(0)), detector.next?.(0)], ['u', Number.POSITIVE_INFINITY]);
	detector.heard(failed(1000));
	detector.heard(ok(3000));
	t.is(short(detector.state(3000)), '?');
	detector.heard(failed(5000));
	t.deepEqual(detector.state(5000), { state: 'down', why: '2 failed within 10000 ms: refused', score: 2 });
	t.is(detector.next?.(5000), 11_000, 'the first of them grows too old');
	t.is(short(detector.state(11_000)), '-', 'clear is 0: both must be gone');
	t.is(detector.next?.(11_000), 15_000);
	t.is(short(detector.state(15_000)), 'u', 'and nothing was heard since');
	detector.heard(ok(16_000));
	t.is(short(detector.state(16_000)), '+');
	detector.heard(failed(17_000));
	t.is(short(detector.state(17_000)), '?', 'the old verdict is over');
});

test('by time: only the newest failures are kept', (t) => {
	const detector = make({ withinMs: 10_000, failures: 2, clear: 1 });
	for (let at = 1000; at <= 9000; at += 1000) detector.heard(failed(at));
	t.is(short(detector.state(9000)), '-');
	detector.heard(ok(18_500));
	t.is(short(detector.state(18_500)), '?', 'that of 9000 is left, that of 8000 is too old');
});

test('our pause makes nothing older, and convicts nobody', (t) => {
	const detector = make({ withinMs: 10_000, failures: 2 });
	detector.heard(ok(1000));
	detector.heard(failed(2000));
	detector.paused?.(9000, 6000);
	detector.heard(failed(9001, { sentMs: 4000, reason: 'answer-timeout' }));
	t.is(short(detector.state(9001)), '?');
	t.is(detector.next?.(9001), 18_000, '2000 is 8000 now');
	const counted = make({ failures: 1, of: 3 });
	counted.paused?.(9000, 6000);
	counted.heard(failed(9001, { sentMs: 4000 }));
	t.is(short(counted.state(9001)), 'u');
});
