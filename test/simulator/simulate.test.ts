import test from 'ava';
import type { AttemptEvent, Event, RequestEvent } from '../../src/model/event.js';
import { rng } from '../../src/model/rng.js';
import { targets } from '../../src/simulator/faults.js';
import { simulate } from '../../src/simulator/simulate.js';
import { mixer } from '../../src/workload/mix.js';
import { pacer } from '../../src/workload/pacer.js';
import { client } from '../resilience/spec.js';
import { entry, fault, plan } from './stage.js';

const of = <K extends Event['kind']>(events: readonly Event[], kind: K): Extract<Event, { kind: K }>[] =>
	events.filter((e): e is Extract<Event, { kind: K }> => e.kind === kind);
const failures = (events: readonly Event[]): RequestEvent[] => of(events, 'request').filter((r) => r.outcome !== 'ok');
const once = client({ retry: null, timeoutMs: null });

test('undisturbed: every request is received and executed once, in service time and two ways', (t) => {
	const { events, truths } = simulate(plan({ client: once }));
	const requests = of(events, 'request');
	t.is(requests.length, 550);
	for (const r of requests) {
		t.is(r.outcome, 'ok');
		t.true(Math.abs(r.endMs - r.sentMs - 50.4) < 1e-6);
		t.is(truths[0]!.count('executed', r.id), 1);
	}
	for (const kind of ['receipt', 'received', 'executed', 'response', 'attempt'] as const) t.is(of(events, kind).length, 550, kind);
	t.deepEqual(
		of(events, 'phase').map((p) => `${p.phase} ${p.t}`),
		['start 100', 'baseline 600', 'fault 2600', 'after 2600', 'drain 5600', 'end 5650'],
	);
	t.is(of(events, 'phase').at(-1)?.complete, true);
	t.deepEqual(of(events, 'offered')[0], { kind: 'offered', t: 5650, experiment: 0, intended: 550, sent: 550, refused: 0 });
	t.is(events[0]?.kind, 'header');
});

test('the same seed gives the same history, through JSON as it is; another seed another', (t) => {
	const scene = {
		client: client({ policy: 'p2c', retry: { jitter: 'full' } }),
		faults: [fault('drop', { share: 0.3 })],
		traffic: { pacing: 'poisson' },
	} as const;
	const once = simulate(plan({ ...scene, faults: [...scene.faults] })).events;
	t.deepEqual(simulate(plan({ ...scene, faults: [...scene.faults] })).events, once);
	t.deepEqual(JSON.parse(JSON.stringify(once)), once);
	t.notDeepEqual(simulate(plan({ ...scene, faults: [...scene.faults], seed: 8 })).events, once);
	t.deepEqual(
		once.map((e) => e.t),
		once.map((e) => e.t).sort((a, b) => a - b),
	);
});

test('its users come when the live generator would send, and ask for the same', (t) => {
	const p = plan({ client: once, traffic: { pacing: 'poisson', mix: [entry('GET', 3), entry('POST', 1), entry('PUT', 1)] } });
	const requests = of(simulate(p).events, 'request').sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
	const random = rng(p.seed).fork('traffic 0');
	const due = pacer(p.traffic, random);
	const choose = mixer(p.traffic.mix, random);
	for (const [n, r] of requests.entries()) {
		t.true(Math.abs(r.t - 100 - due(n)) < 1e-6);
		t.is(r.mix, choose(n));
	}
});

test('kill: what was in flight is reset and not executed, then the port refuses until the restart', (t) => {
	const { events, truths } = simulate(plan({ client: once, faults: [fault('kill')] }));
	const bad = failures(events);
	const reset = bad.filter((r) => r.error === 'ECONNRESET');
	t.true(reset.length >= 1 && reset.length <= 3, `${reset.length} in flight`);
	for (const r of reset) t.deepEqual([truths[0]!.count('received', r.id), truths[0]!.count('executed', r.id)], [1, 0]);
	const refused = bad.filter((r) => r.error === 'ECONNREFUSED');
	t.is(bad.length, reset.length + refused.length);
	t.true(Math.abs(refused.length - (2300 / 1000) * 33.3) < 3, `${refused.length} refused in 2.3 s`);
	for (const r of refused) t.is(truths[0]!.count('reached', r.id), 0);
	t.deepEqual(
		of(events, 'fault').map((f) => `${f.step} ${f.t.toFixed(1)}`),
		['intended 2600.0', 'effective 2600.0', 'healing 4600.0', 'healed 4950.4'],
	);
	t.deepEqual(
		of(events, 'node')
			.filter((n) => n.node === 'n2')
			.map((n) => `${n.step} ${n.life}`),
		['started 1', 'ready 1', 'exited 1', 'started 2', 'ready 2'],
	);
	t.true(of(events, 'receipt').some((r) => r.node === 'n2' && r.life === 2));
});

test('freeze: the kernel accepts, nobody answers, and on thaw all of it is executed, late', (t) => {
	const { events, truths } = simulate(plan({ client: once, faults: [fault('freeze', { forMs: 5000 })], traffic: { timeoutMs: 1000 } }));
	const bad = failures(events);
	t.true(bad.length > 120);
	for (const r of bad) {
		t.is(r.error, 'timeout');
		t.is(truths[0]!.count('executed', r.id), 1, 'a ghost');
		t.true(truths[0]!.executed.get(r.id)![0]!.t >= r.endMs, 'and late');
	}
	t.is(of(events, 'receipt').filter((r) => r.node === 'n2' && r.t > 2600 && r.t < 7600).length, 0);
	t.true(of(events, 'phase').at(-1)!.complete);
});

test('blackhole: read and never answered; reset: read and reset; error: answered by the tap; none of them executed', (t) => {
	for (const [kind, error] of [
		['blackhole', 'timeout'],
		['reset', 'ECONNRESET'],
		['error', undefined],
	] as const) {
		const { events, truths } = simulate(plan({ client: once, faults: [fault(kind)] }));
		const bad = failures(events);
		t.true(bad.length >= 66, `${kind} ${bad.length}`);
		for (const r of bad) {
			t.is(r.error, error);
			t.is(r.status, kind === 'error' ? 503 : undefined);
			t.deepEqual([truths[0]!.count('reached', r.id), truths[0]!.count('executed', r.id)], [1, 0]);
		}
	}
});

test('crash: the request that trips it is received and lost, and methods narrow it down', (t) => {
	const { events, truths } = simulate(plan({ client: once, faults: [fault('crash', { methods: ['POST'] })] }));
	const reset = failures(events).filter((r) => r.error === 'ECONNRESET');
	const effective = of(events, 'fault').find((f) => f.step === 'effective')!;
	const tripped = of(events, 'receipt').find((r) => r.node === 'n2' && r.t === effective.t)!;
	t.is(tripped.method, 'POST');
	t.true(reset.some((r) => r.id === tripped.id));
	t.is(truths[0]!.count('executed', tripped.id!), 0);
	t.is(truths[0]!.faults[0]!.beganMs, effective.t);
});

test('a crash that no request trips is said to have failed', (t) => {
	const { events } = simulate(plan({ client: once, faults: [fault('crash', { methods: ['DELETE'] })] }));
	t.deepEqual(
		of(events, 'fault').map((f) => f.step),
		['intended', 'failed', 'healing', 'healed'],
	);
	t.is(failures(events).length, 0, 'a node that is well is not restarted');
	t.deepEqual(of(events, 'recovery'), []);
});

test('term: what has begun is finished, then the port refuses', (t) => {
	const { events } = simulate(plan({ client: once, faults: [fault('term')] }));
	const bad = failures(events);
	t.true(bad.length > 60);
	for (const r of bad) t.is(r.error, 'ECONNREFUSED');
});

test('delay: answers of the node come late and whole; drop: a share gets none', (t) => {
	const late = of(simulate(plan({ client: once, faults: [fault('delay', { latencyMs: 300, jitterMs: 50 })] })).events, 'request').filter(
		(r) => r.endMs - r.t > 60,
	);
	t.true(late.length > 60);
	for (const r of late) t.true(r.outcome === 'ok' && r.endMs - r.t >= 300.4 && r.endMs - r.t <= 400.4);
	const dropped = failures(simulate(plan({ client: once, faults: [fault('drop', { share: 0.5, forMs: 6000 })] })).events).length;
	t.true(dropped > 70 && dropped < 130, `${dropped} of 200`);
});

test('retries save GETs from a killed node and do not touch what may have been executed', (t) => {
	const { events, truths } = simulate(plan({ faults: [fault('kill')] }));
	for (const r of failures(events)) t.is(r.method, 'POST');
	t.true(failures(events).length <= 3);
	for (const [id, r] of truths[0]!.requests) if (r.method === 'POST') t.true(truths[0]!.count('reached', id) <= 1);
	const second = of(events, 'attempt').filter((a): a is AttemptEvent => a.n === 2);
	t.true(second.length > 50);
	for (const a of second) t.not(a.node, 'n2');
});

test('a client that retries POSTs after a timeout executes them twice, and every user is happy', (t) => {
	const spec = client({ timeoutMs: 300, retry: { methods: ['GET', 'POST'] } });
	const { events, truths } = simulate(plan({ client: spec, faults: [fault('freeze', { forMs: 1500 })] }));
	t.deepEqual(failures(events), []);
	const twice = [...truths[0]!.executed].filter(([, at]) => at.length > 1);
	t.true(twice.length > 20);
	t.true(twice.some(([id]) => truths[0]!.requests.get(id)!.method === 'POST'));
});

test('ejection keeps calls away from a blackhole, and brings the node back', (t) => {
	const at = (spec: ReturnType<typeof client>) => {
		const { events } = simulate(plan({ client: spec, faults: [fault('blackhole', { forMs: 4000 })], afterMs: 5000 }));
		return of(events, 'attempt').filter((a) => a.node === 'n2' && a.t > 2600 && a.t < 6600).length;
	};
	const without = at(client({ timeoutMs: 200 }));
	const spec = client({ timeoutMs: 200, ejection: { failures: 3, forMs: 1000, maxShare: 0.5 } });
	t.true(without > 120);
	t.true(at(spec) < 20);
	const { events } = simulate(plan({ client: spec, faults: [fault('blackhole', { forMs: 4000 })], afterMs: 5000 }));
	t.true(of(events, 'attempt').filter((a) => a.node === 'n2' && a.t > 8500).length > 50, 'it is back');
});

test('experiments and repeats follow each other with unique ids, fresh nodes and times that only grow', (t) => {
	const { events, truths } = simulate(plan({ client: once, faults: [fault('kill')], repeat: 3 }));
	const ids = of(events, 'request').map((r) => r.id);
	t.is(new Set(ids).size, ids.length);
	t.is(truths.length, 3);
	const bounds = of(events, 'phase').filter((p) => p.phase === 'start' || p.phase === 'end');
	t.deepEqual(
		bounds.map((p) => `${p.experiment} ${p.phase}`),
		['0 start', '0 end', '1 start', '1 end', '2 start', '2 end'],
	);
});

test('a target is one seeded node, a share of them, all, or a name', (t) => {
	const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => ({ name }));
	const count = (target: string) => targets(nodes, target, rng(3)).length;
	t.deepEqual(['one', 'majority', 'half', 'minority', 'all', 'n4', 'n9'].map(count), [1, 3, 3, 2, 5, 1, 0]);
	t.is(new Set(Array.from({ length: 40 }, (_, seed) => targets(nodes, 'one', rng(seed))[0]!.name)).size, 5);
});
