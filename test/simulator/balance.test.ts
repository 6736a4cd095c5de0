import test from 'ava';
import { CHOOSER_NAMES } from '../../src/model/plan.js';
import { arrivals } from '../../src/simulator/arrivals.js';
import { type Balanced, balance } from '../../src/simulator/balance.js';
import type { Scene } from '../../src/simulator/scene.js';
import { simulate } from '../../src/simulator/simulate.js';
import { client } from '../resilience/spec.js';
import { LINKERD, run, scene } from './scenes.js';
import { entry, fault, plan } from './stage.js';

const play = (of: Scene, policy: (typeof CHOOSER_NAMES)[number] = 'round-robin'): Balanced => balance(of, arrivals(of), policy);
/** Latencies of all requests, in order, rounded against floating point. */
const latencies = (of: Scene): number[] => [...play(of).latencyMs].map((ms) => Math.round(ms * 1000) / 1000);

test('one server, first in, first out: by hand', (t) => {
	const of = scene({ replicas: 1, servers: 1, rate: 100, durationMs: 50, service: { kind: 'constant', meanMs: 25 } });
	// They come at 0, 10, 20, 30, 40 and end at 25, 50, 75, 100, 125.
	t.deepEqual(latencies(of), [25, 40, 55, 70, 85]);
	t.deepEqual(latencies({ ...of, servers: 2 }), [25, 25, 30, 30, 35]);
	t.deepEqual(latencies({ ...of, servers: Number.POSITIVE_INFINITY }), [25, 25, 25, 25, 25]);
	t.deepEqual(latencies({ ...of, netMs: 2 }), [29, 44, 59, 74, 89]);
});

test('a client gives up, the server goes on: those behind wait all the same', (t) => {
	const of = scene({ replicas: 1, servers: 1, rate: 100, durationMs: 50, timeoutMs: 50, service: { kind: 'constant', meanMs: 25 } });
	const { latencyMs, ok } = play(of);
	t.deepEqual([...latencyMs], [25, 40, 50, 50, 50]);
	t.deepEqual([...ok], [1, 1, 0, 0, 0]);
});

const mishap = (disturbance: object): Scene =>
	scene({
		replicas: 1,
		rate: 100,
		durationMs: 60,
		timeoutMs: 40,
		service: { kind: 'constant', meanMs: 15 },
		disturbances: [{ node: 'n1', ...disturbance } as Scene['disturbances'][number]],
	});

test('dead: what it holds is reset, what comes is refused, until it is back', (t) => {
	const of = mishap({ kind: 'dead', fromMs: 22, toMs: 45 });
	// At 0 answered at 15; 10 and 20 are reset at 22; 30 and 40 refused; 50 served.
	t.deepEqual(latencies(of), [15, 12, 2, 0, 0, 15]);
	t.deepEqual([...play(of).ok], [1, 0, 0, 0, 0, 1]);
	t.deepEqual(latencies({ ...of, servers: 1 }), [15, 12, 2, 0, 0, 15], 'queued ones too');
	t.deepEqual([...play(mishap({ kind: 'dead', fromMs: 22, toMs: Number.POSITIVE_INFINITY })).ok], [1, 0, 0, 0, 0, 0]);
});

test('frozen: nothing ends and nothing begins until it goes on; who waits too long has gone', (t) => {
	const of = mishap({ kind: 'frozen', fromMs: 12, toMs: 45 });
	// 0 ends at 45 instead of 15, 10 too (gone at 50: no, 35 after it came); 20 … 40 begin at 45 and end at 60; 20 gives up at 60.
	t.deepEqual(latencies(of), [40, 35, 40, 30, 20, 15]);
	t.deepEqual([...play(of).ok], [0, 1, 1, 1, 1, 1]);
	t.true([...play(mishap({ kind: 'frozen', fromMs: 0, toMs: Number.POSITIVE_INFINITY })).latencyMs].every((ms) => ms === 40));
});

test('slow: what begins in that time takes so long', (t) => {
	t.deepEqual(latencies(mishap({ kind: 'slow', serviceMs: 30, fromMs: 10, toMs: 35 })), [15, 30, 30, 30, 15, 15]);
});

test('a share fails, of every policy the same requests of a node', (t) => {
	const of = scene({ replicas: 1, rate: 1000 });
	const failing = { ...of, nodes: of.nodes.map((node) => ({ ...node, failing: 0.2 })) };
	const { ok } = play(failing);
	t.true(Math.abs(ok.reduce((sum, each) => sum + each, 0) / ok.length - 0.8) < 0.02);
	t.deepEqual(play(failing, 'p2c').ok, ok);
});

test('ejection spares all but a few calls the dead node; without it round robin meets it a third of the time', (t) => {
	const dead = scene({ disturbances: [{ kind: 'dead', node: 'n2', fromMs: 0, toMs: Number.POSITIVE_INFINITY }] });
	t.true(Math.abs(run(dead, 'round-robin').success - 2 / 3) < 0.002);
	const { success } = run({ ...dead, ejection: { failures: 3, forMs: 5000, maxShare: 0.5 } }, 'round-robin');
	t.true(success > 0.994 && success < 0.998, String(success));
});

test('many clients: each knows its own requests only', (t) => {
	const of = scene({ replicas: 20, rate: 1000, servers: 1, pacing: 'poisson', service: { kind: 'exponential', meanMs: 16 } });
	const alone = run(of, 'least-load').meanMs;
	const many = run({ ...of, clients: 50 }, 'least-load').meanMs;
	t.true(many > 1.5 * alone, `${alone} ${many}`);
});

test('the same scene gives the same under every policy, and every request has its end', (t) => {
	const of = scene({
		replicas: 5,
		rate: 200,
		durationMs: 3000,
		servers: 6,
		pacing: 'poisson',
		clients: 3,
		netMs: 1,
		timeoutMs: 300,
		service: { kind: 'lognormal', meanMs: 60, sdMs: 40 },
		ejection: { failures: 3, forMs: 500, maxShare: 0.5 },
		disturbances: [
			{ kind: 'slow', node: 'n1', serviceMs: 500, fromMs: 500, toMs: 1500 },
			{ kind: 'dead', node: 'n2', fromMs: 1000, toMs: 2000 },
			{ kind: 'frozen', node: 'n3', fromMs: 1800, toMs: 2600 },
		],
	});
	for (const policy of CHOOSER_NAMES) {
		const first = play(of, policy);
		t.deepEqual(play(of, policy), first, policy);
		t.true(
			first.latencyMs.every((ms) => ms > 0 && ms <= 300 + 1e-6),
			policy,
		);
		t.true(first.node.every((node) => node < 5));
	}
});

test('the whole simulator, with its ledger and clients, finds what the lean one finds', (t) => {
	const { disturbances } = scene({ disturbances: [{ kind: 'slow', node: 'n2', serviceMs: 550, fromMs: 2500, toMs: 4500 }] });
	for (const policy of ['round-robin', 'p2c', 'peak-ewma'] as const) {
		const lean = run(scene({ replicas: 4, rate: 200, durationMs: 6000, withinMs: 300, netMs: 0.2, disturbances }), policy);
		const whole = simulate(
			plan({
				replicas: 4,
				client: client({ policy, retry: null, timeoutMs: null }),
				traffic: { rate: 200, timeoutMs: 300, mix: [entry('GET')] },
				baselineMs: 2000,
				faults: [fault('delay', { latencyMs: 500, forMs: 2000 })],
				afterMs: 1500,
			}),
		);
		const requests = [...whole.truths[0]!.requests.values()];
		const success = requests.filter(({ ok }) => ok).length / requests.length;
		t.true(Math.abs(success - lean.success) < 0.01, `${policy} ${success} ${lean.success}`);
	}
});

test('Linkerd: 95.45 % by round robin, 99.5 % by the least loaded, 99.9 % by peak EWMA', (t) => {
	t.true(Math.abs(run(LINKERD, 'round-robin').success - (1 - 30 / 60 / 11)) < 0.0002);
	t.true(Math.abs(run(LINKERD, 'p2c').success - 0.995) < 0.001);
	const peak = run(LINKERD, 'p2c-peak-ewma');
	t.true(peak.success > 0.999, String(peak.success));
	t.true(peak.p99Ms! > 178 && peak.p99Ms! < 181, '167 + 2.33 × 5');
});
