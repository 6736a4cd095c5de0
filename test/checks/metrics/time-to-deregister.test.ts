import test from 'ava';
import type { StateEvent } from '../../../src/model/event.js';
import { judged, planOf, verdicts } from '../history.js';

/** The fault begins at 5500 ms, is mended from 15 400 ms on; seen 2 ms after it began. */
const FAULT = 5500;
const cluster = {
	...planOf().cluster,
	register: { kind: 'consul', url: 'http://127.0.0.1:8500', service: 'web', check: 'ttl', ttlMs: 2000, path: '/' } as const,
};
const state = (at: number, word: StateEvent['state'], endpoint = 'n2', by = 'consul'): StateEvent => ({
	kind: 'state',
	t: FAULT + at,
	endpoint,
	state: word,
	by,
});
const seen = (...more: StateEvent[]) => judged({ more }, ['timeToDeregister <= 3s'], {}, { cluster }).metrics.timeToDeregisterMs!;
const verdict = (...more: StateEvent[]) => verdicts(judged({ more }, ['timeToDeregister <= 3s'], {}, { cluster })).timeToDeregister;

test('from the last well instant to the moment the registry no longer gives the node', (t) => {
	const found = seen(state(-500, 'up'), state(2000, 'down'), state(2100, 'down', 'n3'), state(100, 'down', 'n2', 'heartbeat'));
	t.like(found, { value: 2000, lo: 1998, hi: 2000, exposure: 1, observedBy: 'consul' });
	t.is(verdict(state(2000, 'down')), 'pass', 'the history may begin after the first list');
	t.is(verdict(state(4000, 'down')), 'fail');
});

test('still given when it was mended: not within', (t) => {
	t.like(seen(state(-500, 'up')), { value: null, lo: 9898, hi: null });
	t.is(verdict(state(-500, 'up')), 'fail');
	t.like(seen(state(9950, 'down')), { value: null, lo: 9898 }, 'gone only after that');
});

test('a registry that could not be asked bounds it, and no more', (t) => {
	t.like(seen(state(1000, 'unknown'), state(2500, 'down')), { value: null, lo: 998, hi: 2500 });
	t.like(seen(state(1000, 'unknown')), { value: null, lo: 998, hi: null });
	t.is(verdict(state(1000, 'unknown'), state(2500, 'down')), 'inconclusive');
	t.is(seen(state(2000, 'down'), state(2500, 'unknown')).value, 2000, 'afterwards it matters no more');
});

test('not given before the fault, no registration, no effect: unseen', (t) => {
	t.like(seen(state(-500, 'down'), state(-400, 'up'), state(-300, 'down')), { value: null, lo: null });
	const none = judged({}, ['timeToDeregister <= 3s']);
	t.is(none.metrics.timeToDeregisterMs!.value, null);
	t.regex(none.metrics.timeToDeregisterMs!.why ?? '', /cluster\.register/);
	t.deepEqual(verdicts(none), { timeToDeregister: 'inconclusive' });
	t.is(judged({ without: ['effective'], more: [state(2000, 'down')] }, [], {}, { cluster }).metrics.timeToDeregisterMs!.value, null);
});
