import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { createBrain } from '../../src/resilience/brain.js';
import type { CallAction } from '../../src/resilience/call.js';
import { client } from './spec.js';

const brainOf = (spec = client()) => createBrain(spec, ['n1', 'n2', 'n3'], rng(1));
const call = (id: string) => ({ id, method: 'GET', ok: (status: number) => status < 400 });
const nodesOf = (actions: readonly CallAction[]): number[] => actions.flatMap((a) => (a.kind === 'attempt' ? [a.node] : []));

test('only nodes that are listed get calls, and those that come back get them again', (t) => {
	const brain = brainOf();
	const used = (from: number) => new Set(Array.from({ length: 12 }, (_, i) => nodesOf(brain.begin(call(`${from + i}`), 0).actions)[0]));
	t.is(used(0).size, 3, 'until it is told: all');
	brain.listed(new Set([0, 2]));
	t.deepEqual([...used(100)].sort(), [0, 2]);
	brain.listed(new Set([0, 1, 2, 9]));
	t.is(used(200).size, 3, 'an index that is no node is nobody');
});

test('none listed: no endpoint, also for a retry whose turn comes then; a try under way goes on', (t) => {
	const brain = brainOf();
	t.is(nodesOf(brain.begin(call('a'), 0).actions).length, 1);
	t.is(nodesOf(brain.begin(call('b'), 0).actions).length, 1);
	brain.listed(new Set());
	t.deepEqual(brain.begin(call('c'), 1).actions, [{ kind: 'give-up', error: 'no-endpoint' }]);
	t.deepEqual(brain.event('a', { kind: 'answered', n: 1, status: 200 }, 10), [{ kind: 'answer', n: 1, status: 200 }]);
	t.deepEqual(brain.event('b', { kind: 'failed', n: 1, error: 'ECONNRESET', unsent: false }, 10), [{ kind: 'wait', untilMs: 60 }]);
	t.deepEqual(brain.event('b', { kind: 'time' }, 60), [{ kind: 'give-up', error: 'no-endpoint' }]);
});

test('ejected and listed are asked both: the only listed node gets calls although it is out', (t) => {
	const brain = brainOf(client({ retry: null, ejection: { failures: 1, forMs: 1000, maxShare: 1 } }));
	brain.listed(new Set([1]));
	t.deepEqual(nodesOf(brain.begin(call('a'), 0).actions), [1]);
	brain.event('a', { kind: 'failed', n: 1, error: 'ECONNREFUSED', unsent: true }, 5);
	t.deepEqual(nodesOf(brain.begin(call('b'), 10).actions), [1]);
	brain.listed(new Set([1, 2]));
	t.deepEqual(nodesOf(brain.begin(call('c'), 20).actions), [2]);
});
