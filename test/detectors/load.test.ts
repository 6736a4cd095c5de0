import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { failed, ok, short } from './samples.js';

test('above 100 is too much, below 80 well again, and between the two nothing changes', (t) => {
	const detector = makeDetector({ kind: 'load' });
	t.is(short(detector.state(0)), 'u');
	let seen = '';
	[50, 100, 100.5, 101, 90, 80, 79, 99, 300].forEach((load, i) => {
		detector.heard(ok(i * 1000, { load }));
		seen += short(detector.state(i * 1000));
	});
	t.is(seen, '++!!!!++!');
	t.deepEqual(detector.state(8000), { state: 'warning', why: 'load 300 above 100', score: 300 });
	detector.heard(ok(8500, { load: 85 }));
	t.is(detector.state(8500).why, 'load 85 not yet below 80');
});

test('it may mean down; samples without a load change nothing; failures that tell it count', (t) => {
	const detector = makeDetector({ kind: 'load', above: 10, below: 5, as: 'down' });
	detector.heard(ok(1000));
	detector.heard(ok(1000, { load: Number.NaN }));
	t.is(short(detector.state(1000)), 'u');
	detector.heard(failed(2000, { load: 11 }));
	detector.heard(ok(3000));
	t.is(short(detector.state(3000)), '-');
	detector.heard(failed(3000, { load: 1, reason: 'local' }));
	t.is(short(detector.state(3000)), '-');
});

test('an old report says nothing; our pause makes it no older', (t) => {
	const detector = makeDetector({ kind: 'load', staleMs: 5000 });
	t.is(detector.next?.(0), Number.POSITIVE_INFINITY);
	detector.heard(ok(1000, { load: 120 }));
	t.is(detector.next?.(1000), 6000);
	t.deepEqual([short(detector.state(5999)), short(detector.state(6000))], ['!', 'u']);
	detector.paused?.(7000, 4000);
	t.deepEqual([short(detector.state(7000)), detector.next?.(7000)], ['!', 10_000]);
});
