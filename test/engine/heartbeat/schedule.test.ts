import test from 'ava';
import { LoopWatch } from '../../../src/engine/heartbeat/loop-watch.js';
import { dueMs, nextBeat, scheduleOf } from '../../../src/engine/heartbeat/schedule.js';

const OPTIONS = { periodMs: 1000, spreadMs: 1000, jitter: 0.03, seed: 1 };

test('beats keep to their places: nothing makes them drift', (t) => {
	const schedule = scheduleOf('a', 5000, OPTIONS);
	for (const k of [0, 1, 100, 1_000_000]) t.true(Math.abs(dueMs(schedule, k) - (5000 + schedule.phaseMs + k * 1000)) <= 30);
	t.not(dueMs(schedule, 7) - schedule.phaseMs, dueMs(schedule, 8) - 1000 - schedule.phaseMs);
});

test('same seed, same times; another seed, others', (t) => {
	const beats = (seed: number) => Array.from({ length: 20 }, (_, k) => dueMs(scheduleOf('a', 0, { ...OPTIONS, seed }), k));
	t.deepEqual(beats(1), beats(1));
	t.notDeepEqual(beats(1), beats(2));
});

test('phases are spread evenly over the period, whatever the names', (t) => {
	const tenths = new Array(10).fill(0);
	for (let i = 0; i < 10_000; i++) tenths[Math.floor(scheduleOf(`http://10.0.0.1:${i}/`, 0, OPTIONS).phaseMs / 100)]++;
	// Chi-square with 9 degrees of freedom: above 27.9 once in a thousand, and the names are fixed.
	t.true(tenths.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0) < 27.9, tenths.join());
	t.true(Array.from({ length: 100 }, (_, i) => scheduleOf(`${i}`, 0, { ...OPTIONS, spreadMs: 10 }).phaseMs).every((ms) => ms < 10));
});

test('what is skipped is counted', (t) => {
	const schedule = { baseMs: 0, periodMs: 100, phaseMs: 10, jitter: 0, key: 0 };
	t.deepEqual(nextBeat(schedule, -1, 10), { beat: 0, skipped: 0 });
	t.deepEqual(nextBeat(schedule, 0, 50), { beat: 1, skipped: 0 });
	// Beat 1 is late, but 2 is not due yet: it is asked late.
	t.deepEqual(nextBeat(schedule, 0, 209), { beat: 1, skipped: 0 });
	t.deepEqual(nextBeat(schedule, 0, 210), { beat: 2, skipped: 1 });
	t.deepEqual(nextBeat(schedule, 0, 5_000_015), { beat: 50_000, skipped: 49_999 });
});

test('how late the loop is, and what a sample may have waited in it', (t) => {
	let idle = 0;
	const watch = new LoopWatch(0, () => idle);
	watch.expectedMs = 10;
	idle = 9;
	t.is(watch.tick(10.5), 0.5);
	watch.expectedMs = 20;
	idle = 18;
	t.is(watch.tick(20), 0);
	// Since the tick at 10.5 (idle 9): 12 ms have passed, 10 of them idle.
	idle = 19;
	watch.expectedMs = 30;
	t.is(watch.uncertaintyMs(22.5), 2);
	// Stopped: the kernel calls the time idle, but a tick is overdue.
	idle = 5019;
	t.is(watch.uncertaintyMs(5022.5), 4992.5);
	t.is(watch.tick(5022.5), 4992.5);
});
