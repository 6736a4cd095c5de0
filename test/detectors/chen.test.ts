import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { failed, short } from './samples.js';

const beat = (sentMs: number, delayMs: number) => ({ sentMs, endMs: sentMs + delayMs, verdict: 'ok' as const });

test('the next is expected at mean delay + last sent + eta, and alpha later it is down', (t) => {
	const detector = makeDetector({ kind: 'chen', alphaMs: 400, window: 4 });
	t.deepEqual([short(detector.state(0)), detector.next?.(0)], ['u', Number.POSITIVE_INFINITY]);
	for (const [i, delay] of [1000, 10, 20, 30, 40].entries()) detector.heard(beat(i * 1000, delay));
	// The window has 10, 20, 30, 40: mean 25; the last was sent at 4000.
	t.is(short(detector.state(5224)), '+');
	t.is(detector.next?.(4040), 5225);
	t.is(short(detector.state(5225)), '?');
	t.is(detector.next?.(5225), 5425);
	t.deepEqual(detector.state(5425), { state: 'down', why: '400 ms later than expected, alpha is 400 ms', score: 1 });
	t.is(detector.next?.(5425), Number.POSITIVE_INFINITY);
	detector.heard(beat(5000, 600));
	t.is(short(detector.state(5600)), '+');
});

test('one that was overtaken tells its delay, and is no news', (t) => {
	const detector = makeDetector({ kind: 'chen', alphaMs: 400 });
	detector.heard(beat(1000, 10));
	detector.heard(beat(2000, 10));
	detector.heard(beat(0, 2070));
	t.is(detector.next?.(2070), 2000 + 1000 + (10 + 10 + 2070) / 3 + 200);
});

test('failures are silence; our own pause is none', (t) => {
	const detector = makeDetector({ kind: 'chen', alphaMs: 1000 });
	detector.heard(beat(1000, 10));
	detector.heard(failed(2000));
	t.is(detector.next?.(2000), 2510, 'nothing changed');
	t.is(short(detector.state(7500)), '-');
	detector.paused?.(7500, 5000);
	t.is(short(detector.state(7500)), '+');
	t.is(detector.next?.(7500), 7510);
	detector.heard({ sentMs: 2500, endMs: 7501, verdict: 'ok' });
	t.is(detector.next?.(7501), 7510, 'a delay that we made teaches nothing');
});
