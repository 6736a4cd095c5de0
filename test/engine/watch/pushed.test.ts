import test from 'ava';
import { worst } from '../../../src/checks/watch/worst.js';
import { Pushed } from '../../../src/engine/watch/pushed.js';

const OPTIONS = { ttlMs: 1000, load: { above: 100, below: 80 } };
const make = () => new Pushed(OPTIONS);
const state = (pushed: Pushed, now: number) => worst(pushed.testimonies(now)).opinion;
const up = { state: 'up' as const, metrics: {} };

test('silence past the TTL is down, its own TTL first', (t) => {
	const pushed = make();
	t.deepEqual(pushed.testimonies(0), []);
	pushed.report(up, 0);
	t.is(state(pushed, 999).state, 'up');
	t.like(state(pushed, 1000), { state: 'down', why: 'silent past its TTL of 1000 ms' });
	pushed.report({ ...up, ttlMs: 50 }, 2000);
	t.is(state(pushed, 2049).state, 'up');
	t.is(state(pushed, 2050).state, 'down');
	// The next one says nothing of it: the default again.
	pushed.report(up, 3000);
	t.is(state(pushed, 3999).state, 'up');
});

test('"I am failing" is down at once, with the reason; silence says more than the last words', (t) => {
	const pushed = make();
	pushed.report({ state: 'down', metrics: {}, why: 'disk is full' }, 0);
	t.like(state(pushed, 0), { state: 'down', why: 'it reports that it fails: disk is full' });
	t.regex(state(pushed, 1000).why, /silent/);
	for (const [said, found] of [
		['warning', 'it reports a warning: x'],
		['drain', 'it reports drain: x'],
		['maint', 'it reports maint: x'],
	] as const) {
		pushed.report({ state: said, metrics: {}, why: 'x' }, 0);
		t.like(state(pushed, 0), { state: 'warning', why: found });
	}
	pushed.report(up, 0);
	t.is(state(pushed, 0).state, 'up');
});

test('who has to report, and never does, is down', (t) => {
	const pushed = make();
	pushed.await(500);
	t.like(state(pushed, 1499), { state: 'unknown' });
	t.like(state(pushed, 1500), { state: 'down', why: 'no report within its TTL of 1000 ms' });
	pushed.report(up, 1600);
	t.is(state(pushed, 1600).state, 'up');
	pushed.forget();
	t.deepEqual(pushed.testimonies(10_000), []);
});

test('agents change what they name, as HAProxy has it', (t) => {
	const pushed = make();
	for (const [word, found] of [
		[{ weight: 75 }, 'up'],
		[{ admin: 'drain' as const }, 'warning'],
		// Only `ready` ends an administrative state.
		[{ state: 'up' as const }, 'warning'],
		[{ state: 'down' as const, reason: 'r' }, 'down'],
		[{ weight: 10 }, 'down'],
		[{ state: 'up' as const, admin: 'ready' as const }, 'up'],
	] as const) {
		pushed.agent(word, 0);
		t.is(state(pushed, 0).state, found, JSON.stringify(word));
	}
	t.is(pushed.weight, 10);
	t.is(pushed.reports, 6);
});

test('a load above the threshold is a warning until it is well below', (t) => {
	const pushed = make();
	for (const [load, found] of [
		[100, 'up'],
		[101, 'warning'],
		[90, 'warning'],
		[79, 'up'],
		[90, 'up'],
	] as const) {
		pushed.report({ ...up, load }, 0);
		t.is(state(pushed, 0).state, found, String(load));
	}
});

test('our own pause is no silence', (t) => {
	const pushed = make();
	const awaited = make();
	pushed.report(up, 0);
	awaited.await(0);
	pushed.paused(5500, 5000);
	awaited.paused(5500, 5000);
	t.is(state(pushed, 5500).state, 'up');
	t.is(state(awaited, 5500).state, 'unknown');
	t.is(state(pushed, 6000).state, 'down');
	t.is(state(awaited, 6000).state, 'down');
});
