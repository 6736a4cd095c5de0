import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { createBrain } from '../../src/resilience/brain.js';
import type { CallAction } from '../../src/resilience/call.js';
import { client } from './spec.js';

const NODES = ['n1', 'n2', 'n3'];
const brainOf = (spec = client()) => createBrain(spec, NODES, rng(1));
const call = (id: string, method = 'GET') => ({ id, method, ok: (status: number) => status < 400 });
const nodeOf = (actions: CallAction[]): number => actions.flatMap((a) => (a.kind === 'attempt' ? [a.node] : []))[0]!;
const refused = (n: number) => ({ kind: 'failed', n, error: 'ECONNREFUSED', unsent: true }) as const;
const broken = (n: number) => ({ kind: 'failed', n, error: 'ECONNRESET', unsent: false }) as const;
const kinds = (actions: CallAction[]): string => actions.map((a) => a.kind).join(' ');

test('a good answer ends the call, and after it nothing happens', (t) => {
	const brain = brainOf();
	const { actions, deadlineAtMs } = brain.begin(call('a'), 10);
	t.is(deadlineAtMs, null);
	t.like(actions[0], { kind: 'attempt', n: 1, timeoutAtMs: 1010 });
	t.deepEqual(brain.event('a', { kind: 'answered', n: 1, status: 200 }, 60), [{ kind: 'answer', n: 1, status: 200 }]);
	t.deepEqual(brain.event('a', { kind: 'time' }, 1010), []);
	t.deepEqual(brain.event('a', refused(1), 1010), []);
	t.deepEqual(brain.event('unknown', { kind: 'time' }, 0), []);
});

test('a refused POST goes elsewhere after the back-off; a broken one is never sent again', (t) => {
	const brain = brainOf();
	const first = nodeOf(brain.begin(call('a', 'POST'), 0).actions);
	t.deepEqual(brain.event('a', refused(1), 5), [{ kind: 'wait', untilMs: 55 }]);
	t.deepEqual(brain.event('a', { kind: 'time' }, 54), [], 'not early');
	const second = nodeOf(brain.event('a', { kind: 'time' }, 55));
	t.not(second, first);
	t.deepEqual(brain.event('a', broken(2), 60), [{ kind: 'give-up', error: 'ECONNRESET' }]);
});

test('unsent false: then a refused POST is not retried, a refused GET is', (t) => {
	const brain = brainOf(client({ retry: { unsent: false } }));
	brain.begin(call('p', 'POST'), 0);
	t.is(kinds(brain.event('p', refused(1), 1)), 'give-up');
	brain.begin(call('g'), 0);
	t.is(kinds(brain.event('g', refused(1), 1)), 'wait');
});

test('a listed status is retried for listed methods, then handed over as it is', (t) => {
	const brain = brainOf(client({ retry: { attempts: 2, baseMs: 0 } }));
	brain.begin(call('a'), 0);
	t.is(kinds(brain.event('a', { kind: 'answered', n: 1, status: 503 }, 1)), 'attempt');
	t.deepEqual(brain.event('a', { kind: 'answered', n: 2, status: 503 }, 2), [{ kind: 'answer', n: 2, status: 503 }]);
	brain.begin(call('b'), 0);
	t.is(kinds(brain.event('b', { kind: 'answered', n: 1, status: 500 }, 1)), 'answer');
	brain.begin(call('p', 'POST'), 0);
	t.is(kinds(brain.event('p', { kind: 'answered', n: 1, status: 503 }, 1)), 'answer');
});

test('a gRPC call: what its mix calls idempotent is sent again whatever its method; whether an answer is good may be told', (t) => {
	const brain = brainOf(client({ retry: { baseMs: 0 } }));
	brain.begin({ ...call('a', 'POST'), repeatable: true }, 0);
	t.is(kinds(brain.event('a', { kind: 'answered', n: 1, status: 503, ok: false }, 1)), 'attempt');
	t.is(kinds(brain.event('a', broken(2), 2)), 'attempt');
	t.deepEqual(brain.event('a', { kind: 'answered', n: 3, status: 503, ok: true }, 3), [{ kind: 'answer', n: 3, status: 503 }]);
	brain.begin(call('b', 'POST'), 0);
	t.is(kinds(brain.event('b', { kind: 'answered', n: 1, status: 503, ok: false }, 1)), 'answer');
	brain.begin(call('c'), 0);
	t.is(kinds(brain.event('c', { kind: 'answered', n: 1, status: 503, ok: true }, 1)), 'answer', 'good, though its status is retried');
});

test('back-off doubles; attempts 0 never ends; a retry that is asked for comes however late', (t) => {
	const brain = brainOf(client({ retry: { attempts: 0, maxMs: 300 } }));
	brain.begin(call('a'), 0);
	let now = 0;
	const waits: number[] = [];
	for (let n = 1; n <= 50; n++) {
		const [wait] = brain.event('a', broken(n), now);
		if (wait?.kind !== 'wait') return t.fail('ended');
		waits.push(wait.untilMs - now);
		now = wait.untilMs;
		brain.event('a', { kind: 'time' }, now);
	}
	t.deepEqual(waits.slice(0, 5), [50, 100, 200, 300, 300]);
});

test('the time of a try ends it: abandoned, counted as sent, retried for GET only', (t) => {
	const brain = brainOf();
	brain.begin(call('g'), 0);
	t.deepEqual(brain.event('g', { kind: 'time' }, 999), []);
	t.is(kinds(brain.event('g', { kind: 'time' }, 1000)), 'abandon wait');
	t.deepEqual(brain.event('g', { kind: 'answered', n: 1, status: 200 }, 1001), [], 'too late');
	brain.begin(call('p', 'POST'), 0);
	t.deepEqual(brain.event('p', { kind: 'time' }, 1000), [
		{ kind: 'abandon', n: 1 },
		{ kind: 'give-up', error: 'timeout' },
	]);
});

test('the deadline abandons what is in flight, and no retry is begun that could not start before it', (t) => {
	const brain = brainOf(client({ deadlineMs: 500, retry: { baseMs: 200 } }));
	t.is(brain.begin(call('a'), 100).deadlineAtMs, 600);
	t.deepEqual(brain.event('a', { kind: 'time' }, 600), [
		{ kind: 'abandon', n: 1 },
		{ kind: 'give-up', error: 'deadline' },
	]);
	brain.begin(call('b'), 100);
	t.is(kinds(brain.event('b', broken(1), 399)), 'wait');
	brain.begin(call('c'), 100);
	t.deepEqual(brain.event('c', broken(1), 400), [{ kind: 'give-up', error: 'deadline' }]);
});

test('an empty budget ends the call at once', (t) => {
	const brain = brainOf(client({ retry: { budget: { ratio: 0.5, minPerSecond: 0 } } }));
	brain.begin(call('a'), 0);
	t.deepEqual(brain.event('a', broken(1), 1), [{ kind: 'give-up', error: 'budget' }]);
	brain.begin(call('b'), 2);
	t.is(kinds(brain.event('b', broken(1), 3)), 'wait');
});

test('a node that fails three times in a row gets nothing until forMs has passed, then one call, then all again', (t) => {
	const brain = brainOf(client({ retry: null, ejection: { failures: 3, forMs: 1000, maxShare: 0.5 } }));
	let id = 0;
	/** Begins calls until one lands on the node; null if none of 12 does. */
	const land = (node: number, now: number): string | null => {
		for (let i = 0; i < 12; i++) {
			id += 1;
			const at = nodeOf(brain.begin(call(`c${id}`), now).actions);
			if (at === node) return `c${id}`;
			brain.event(`c${id}`, { kind: 'answered', n: 1, status: 200 }, now);
		}
		return null;
	};
	for (let i = 0; i < 3; i++) brain.event(land(1, i)!, broken(1), i);
	t.is(land(1, 1001), null);
	const trial = land(1, 1002);
	t.truthy(trial);
	t.is(land(1, 1002), null, 'one at a time');
	brain.event(trial!, { kind: 'answered', n: 1, status: 200 }, 1010);
	t.truthy(land(1, 1011));
	t.truthy(land(1, 1011));
});

test('with every node ejected all are used rather than none', (t) => {
	const brain = brainOf(client({ retry: null, ejection: { failures: 1, forMs: 10_000, maxShare: 1 } }));
	for (let i = 0; i < 6; i++) {
		t.is(kinds(brain.begin(call(`a${i}`), i).actions), 'attempt');
		brain.event(`a${i}`, broken(1), i);
	}
});

test('elsewhere false may choose the same node again, true never does while another is left', (t) => {
	const nodesOf = (elsewhere: boolean): Set<number> => {
		const sizes = new Set<number>();
		for (let seed = 0; seed < 60; seed++) {
			const brain = createBrain(client({ policy: 'random', retry: { elsewhere, baseMs: 0 } }), NODES, rng(seed));
			const used = [nodeOf(brain.begin(call('a'), 0).actions)];
			for (const n of [1, 2]) used.push(nodeOf(brain.event('a', broken(n), n)));
			sizes.add(new Set(used).size);
		}
		return sizes;
	};
	t.deepEqual([...nodesOf(true)], [3]);
	t.deepEqual([...nodesOf(false)].sort(), [1, 2, 3]);
});

test('a cancelled call is over, frees what the chooser counted, and blames no node', (t) => {
	for (let seed = 0; seed < 20; seed++) {
		const brain = createBrain(client({ policy: 'least-load', ejection: { failures: 1, forMs: 10_000, maxShare: 1 } }), NODES, rng(seed));
		const busy = [0, 1, 2].map((i) => nodeOf(brain.begin(call(`c${i}`), 0).actions));
		t.is(new Set(busy).size, 3);
		t.deepEqual(brain.event('c1', { kind: 'cancelled' }, 5), []);
		t.deepEqual(brain.event('c1', { kind: 'time' }, 1000), []);
		t.is(nodeOf(brain.begin(call('d'), 6).actions), busy[1]!);
	}
});

test('a cancelled trial leaves room for the next one', (t) => {
	const brain = brainOf(client({ retry: null, ejection: { failures: 1, forMs: 100, maxShare: 0.34 } }));
	const first = nodeOf(brain.begin(call('a'), 0).actions);
	brain.event('a', broken(1), 0);
	/** How many of six calls at once land on the node that is out. */
	const trials = (now: number): string[] => [1, 2, 3, 4, 5, 6].map((i) => `t${now} ${i}`).filter((id) => nodeOf(brain.begin(call(id), now).actions) === first);
	const [trial, ...others] = trials(100);
	t.truthy(trial);
	t.deepEqual(others, []);
	brain.event(trial!, { kind: 'cancelled' }, 101);
	t.is(trials(102).length, 1);
});

test('an answer below 500 is about the request: the node is not blamed for it', (t) => {
	const after = (status: number): Set<number> => {
		const brain = brainOf(client({ retry: null, ejection: { failures: 1, forMs: 10_000, maxShare: 1 } }));
		const used = new Set<number>();
		const first = nodeOf(brain.begin(call('a'), 0).actions);
		brain.event('a', { kind: 'answered', n: 1, status }, 1);
		for (let i = 0; i < 12; i++) used.add(nodeOf(brain.begin(call(`b${i}`), 2).actions));
		return used.has(first) ? used : new Set();
	};
	t.is(after(404).size, 3);
	t.is(after(500).size, 0);
});

test('without nodes there is no endpoint', (t) => {
	t.deepEqual(createBrain(client(), [], rng(1)).begin(call('a'), 0).actions, [{ kind: 'give-up', error: 'no-endpoint' }]);
});

test('a keyed policy sends every request of a user to one node, and another one spreads them', (t) => {
	const taken = (policy: 'ring' | 'rendezvous' | 'maglev' | 'bounded-load' | 'random', keys: number): number => {
		const brain = brainOf(client({ policy, keys }));
		return new Set(
			Array.from({ length: 60 }, (_, i) => {
				const node = nodeOf(brain.begin(call(`r${i}`), i).actions);
				brain.event(`r${i}`, { kind: 'answered', n: 1, status: 200 }, i);
				return node;
			}),
		).size;
	};
	for (const policy of ['ring', 'rendezvous', 'maglev', 'bounded-load'] as const) t.deepEqual([taken(policy, 1), taken(policy, 1000)], [1, 3], policy);
	t.is(taken('random', 1), 3);
});

test('a call may bring its key; its retry goes to the next node of that key', (t) => {
	const brain = brainOf(client({ policy: 'ring', retry: { baseMs: 0 } }));
	const nodes = Array.from({ length: 10 }, (_, i) => {
		const first = nodeOf(brain.begin({ ...call(`r${i}`), key: 'cart 7' }, i).actions);
		return [first, nodeOf(brain.event(`r${i}`, refused(1), i))];
	});
	t.is(new Set(nodes.map(String)).size, 1, String(nodes));
	t.not(nodes[0]![0], nodes[0]![1]);
});

test('slow start: a node that was ejected comes back with a part of its weight', (t) => {
	const spec = { policy: 'weighted-edf' as const, retry: null, ejection: { failures: 1, forMs: 100, maxShare: 0.5 } };
	const share = (slowStart: { windowMs: number; aggression: number; minShare: number } | null): number => {
		const brain = brainOf(client({ ...spec, slowStart }));
		let failed = false;
		let [toFirst, all] = [0, 0];
		for (let i = 0; i < 400; i++) {
			const now = i * 2;
			const node = nodeOf(brain.begin(call(`r${i}`), now).actions);
			const breaks = node === 0 && !failed;
			if (breaks) failed = true;
			brain.event(`r${i}`, breaks ? broken(1) : { kind: 'answered', n: 1, status: 200 }, now + 1);
			if (now < 300) continue;
			all += 1;
			if (node === 0) toFirst += 1;
		}
		return toFirst / all;
	};
	t.true(Math.abs(share(null) - 1 / 3) < 0.02, String(share(null)));
	// 0.1 of 2.1, for as long as the window is.
	t.true(Math.abs(share({ windowMs: 3_600_000, aggression: 1, minShare: 0.1 }) - 0.1 / 2.1) < 0.02);
});
