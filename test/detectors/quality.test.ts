import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { downAt, heartbeatQuality, type Quality } from '../../src/detectors/quality.js';
import { heartbeats, REFERENCE_TRACE, type Trace } from '../../src/detectors/trace.js';
import { rng } from '../../src/model/rng.js';

const near = (a: number | null, b: number, share: number): boolean => a !== null && Math.abs(a - b) <= share * b;

/** Heartbeats by hand: when each arrived; null is lost. */
const trace = (arrivals: readonly (number | null)[]): Trace => ({
	spec: { ...REFERENCE_TRACE, beats: arrivals.length },
	arrivals: Float64Array.from(arrivals, (at) => at ?? Number.POSITIVE_INFINITY),
	ordinary: Uint8Array.from(arrivals, (at, i) => (at !== null && at < i * 1000 + 500 ? 1 : 0)),
});

test("Chen's metrics of a trace by hand", (t) => {
	// One lost (down from 3500 to 4010), one late (from 6510 to 7000).
	const found = heartbeatQuality(makeDetector({ kind: 'ttl', ttlMs: 1500 }), trace([0, 1000, 2000, null, 4010, 5010, null, 7000, 8000, 9000, 10_000]), 0);
	const wrongMs = 510 + 490;
	t.is(found.mistakes, 2);
	t.deepEqual(found, {
		detectMs: { mean: 1000 + 20 / 9, max: 1510 },
		mistakes: 2,
		observedMs: 10_000,
		mistakesPerHour: 720,
		mistakeMs: wrongMs / 2,
		recurrenceMs: 5000,
		goodMs: 4500,
		accuracy: 0.9,
	} satisfies Quality);
	t.is(found.accuracy, 1 - found.mistakeMs! / found.recurrenceMs!, 'the identity of the paper');
	t.is(found.goodMs, found.recurrenceMs! - found.mistakeMs!);
});

test('a heartbeat that comes too late to end a mistake does not make two of it', (t) => {
	// Beat 1 arrives at 5000, when beat 2 and those after it are long overdue for Chen, and 6 ends it.
	const found = heartbeatQuality(makeDetector({ kind: 'chen', alphaMs: 500, window: 1000 }), trace([0, 5000, null, null, null, null, 6000, 7000]), 0);
	t.is(found.mistakes, 1);
});

test('where there was no mistake, what is of mistakes is null', (t) => {
	const { mistakeMs, recurrenceMs, goodMs, accuracy } = heartbeatQuality(makeDetector({ kind: 'ttl' }), trace([0, 1000, 2000]), 0);
	t.deepEqual([mistakeMs, recurrenceMs, goodMs, accuracy], [null, null, null, 1]);
	const never = heartbeatQuality(makeDetector({ kind: 'rise-fall' }), trace([0, 1000, 2000]), 0);
	t.deepEqual(never.detectMs, { mean: null, max: null }, 'silence alone never convicts');
	t.is(downAt(makeDetector({ kind: 'ttl' }), 0), Number.POSITIVE_INFINITY);
});

test('a day of heartbeats: what sets the detectors apart', (t) => {
	const day = heartbeats({ ...REFERENCE_TRACE, beats: 50_000 }, rng(1).fork('trace'));
	const of = (spec: object): Quality => heartbeatQuality(makeDetector(spec), day);
	const [short, long] = [of({ kind: 'ttl', ttlMs: 1500 }), of({ kind: 'ttl', ttlMs: 3000 })];
	// 36 losses and 6 stalls an hour, of which those side by side are one: 41.4; five standard deviations of 560.
	t.true(near(short.mistakesPerHour, 41.4, 0.21), `${short.mistakesPerHour}`);
	t.true(near(short.detectMs.mean, 1022, 0.01) && near(short.mistakeMs, 580, 0.08));
	t.true(near(long.detectMs.mean, 2522, 0.01) && long.mistakesPerHour < 2);
	const [near1, far2] = [of({ kind: 'chen', alphaMs: 1000 }), of({ kind: 'chen', alphaMs: 2000 })];
	t.true(near(near1.detectMs.mean, 1525, 0.01) && near(near1.detectMs.max, 2030, 0.02) && near(near1.mistakesPerHour, 17, 0.3), `${near1.mistakesPerHour}`);
	t.true(near(far2.detectMs.mean, 2525, 0.01) && near(far2.detectMs.max, 3030, 0.02) && far2.mistakesPerHour < 2);
	const [akka, cassandra] = [of({ kind: 'phi' }), of({ kind: 'phi-exponential' })];
	t.deepEqual([akka.mistakes, cassandra.mistakes], [0, 0]);
	t.true(near(cassandra.detectMs.mean, 18_000, 0.01) && near(akka.detectMs.mean, 4200, 0.04));
	t.true(cassandra.detectMs.mean! > 7 * far2.detectMs.mean!, "T_D seven times below Cassandra's phi 8");
	const tight = of({ kind: 'phi', pauseMs: 0, learnSuspected: true });
	t.true(near(tight.mistakesPerHour, short.mistakesPerHour, 0.02), 'a phi without a pause makes the mistakes of a fixed timeout');
});
