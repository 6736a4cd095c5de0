import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { failed, ok } from './samples.js';

test('rise/fall decides, phi measures', (t) => {
	const detector = makeDetector({ kind: 'scored', verdict: { kind: 'rise-fall', fall: 2 }, score: { kind: 'phi', pauseMs: 0 } });
	t.deepEqual(detector.state(0), { state: 'unknown', why: 'not yet heard' });
	for (let i = 1; i <= 20; i++) detector.heard(ok(i * 1000));
	t.is(detector.state(20_500).state, 'up');
	const silent = detector.state(30_000);
	t.is(silent.state, 'up', 'no answer was missed yet');
	t.true(silent.score! > 8, 'and yet it is suspicious');
	t.regex(silent.why, /^it answers \(phi .* above 8\)$/);
	t.is(detector.next?.(20_500), Number.POSITIVE_INFINITY, 'silence alone changes no verdict');
	detector.heard(failed(31_000));
	t.is(detector.pace?.(), 'fast');
	detector.heard(failed(31_500));
	t.is(detector.state(31_500).state, 'down');
});

test('both hear of our pause; a TTL decides by silence', (t) => {
	const detector = makeDetector({ kind: 'scored', verdict: { kind: 'ttl', ttlMs: 3000 }, score: { kind: 'chen' } });
	t.is(detector.pace?.(), 'normal');
	detector.heard(ok(1000));
	t.is(detector.next?.(1000), 4000);
	detector.paused?.(6000, 5000);
	const { state, score } = detector.state(6000);
	t.deepEqual([state, score], ['up', 0]);
});
