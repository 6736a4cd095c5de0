// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such text is what users write
import test from 'ava';
import type { Endpoint } from '../../src/model/endpoint.js';
import type { Event, OfferedEvent, RequestEvent } from '../../src/model/event.js';
import type { TrafficSpec } from '../../src/model/plan.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { freePort } from '../../src/platform/ports.js';
import { Generator, type GeneratorNeeds } from '../../src/traffic/generator.js';
import { openSender, type Sender } from '../../src/traffic/send.js';
import { OK, rawServer, until } from './servers.js';

const traffic = (changes: Partial<TrafficSpec> = {}): TrafficSpec => ({
	rate: 200,
	pacing: 'constant',
	timeoutMs: 30_000,
	connections: 'pooled',
	mix: [
		{ method: 'GET', path: '/task', share: 1, headers: {}, body: null, idempotent: true, ok: { op: '<', status: 400 } },
		{ method: 'POST', path: '/task', share: 1, headers: { 'x-more': '1' }, body: '{}', idempotent: false, ok: { op: '<', status: 400 } },
	],
	...changes,
});

type T = { teardown(fn: () => Promise<void>): void };

const rig = async (t: T, target: Endpoint, spec: TrafficSpec, changes: Partial<GeneratorNeeds> & { sender?: Sender } = {}) => {
	const sender = changes.sender ?? (await openSender(spec.connections));
	t.teardown(() => sender.close());
	const events: Event[] = [];
	const clock = new MonotonicClock(monotonicNs());
	const generator = new Generator({
		seed: 7,
		traffic: spec,
		via: { kind: 'target', target, sender },
		clock,
		firstId: 1,
		record: (event) => events.push(event),
		...changes,
	});
	const requests = () => events.filter((event): event is RequestEvent => event.kind === 'request');
	const offered = () => events.filter((event): event is OfferedEvent => event.kind === 'offered');
	return { generator, clock, requests, offered };
};

const answering = (t: { teardown(fn: () => void): void }) => rawServer(t, ({ socket }) => socket.write(OK));

test.serial('every request that was due is sent once, at its intended time or after, and recorded', async (t) => {
	const server = await answering(t);
	const { generator, clock, requests, offered } = await rig(t, server, traffic(), { firstId: 41 });
	const start = clock.now() + 20;
	generator.start(3, start);
	await until(() => generator.progress().ok >= 60);
	const totals = await generator.stop();
	t.is(totals.sent, totals.ok);
	t.is(totals.failed, 0);
	t.is(requests().length, totals.sent);
	t.is(totals.nextId, 41 + totals.sent);
	const byTime = requests().sort((a, b) => a.t - b.t);
	for (const [i, request] of byTime.entries()) {
		t.is(request.id, `r${41 + i}`);
		t.is(request.t, start + i * 5);
		t.true(request.sentMs >= request.t && request.endMs >= request.sentMs);
		t.is(request.method, traffic().mix[request.mix]!.method);
		t.is(request.idempotent, request.method === 'GET');
		t.is(server.received.get(request.id), 1);
	}
	t.is(server.received.size, totals.sent);
	t.is(offered().length, 1);
	t.like(offered()[0]!, { experiment: 3, sent: totals.sent, refused: 0 });
	t.true(offered()[0]!.intended >= totals.sent);
});

test.serial('a start that lies in the past is caught up: intended times are kept, nothing is skipped', async (t) => {
	const server = await answering(t);
	const { generator, clock, requests } = await rig(t, server, traffic());
	await until(() => clock.now() > 520);
	const begun = clock.now();
	generator.start(0, begun - 500);
	await until(() => generator.progress().ok >= 110);
	await generator.stop();
	const late = requests().filter((request) => request.t <= begun);
	t.is(late.length, 101);
	t.true(late.every((request) => request.sentMs >= begun));
	t.deepEqual(
		late.map((request) => request.t).sort((a, b) => a - b),
		Array.from({ length: 101 }, (_, i) => begun - 500 + i * 5),
	);
});

test.serial('open loop: a silent server does not slow the sending, and every user gives up after about the timeout', async (t) => {
	const server = await rawServer(t, () => {});
	const { generator, clock, requests, offered } = await rig(t, server, traffic({ timeoutMs: 300 }));
	generator.start(0, clock.now());
	await until(() => generator.progress().sent >= 100);
	t.is(generator.progress().ok, 0);
	const totals = await generator.stop();
	t.is(totals.failed, totals.sent);
	t.is(requests().length, totals.sent);
	for (const request of requests()) {
		t.is(request.error, 'timeout');
		const waited = request.endMs - request.sentMs;
		t.true(waited >= 300 && waited < 3000, `${waited} ms`);
	}
	t.is(offered()[0]!.sent, totals.sent);
	t.is(generator.progress().lastError, 'timeout');
	await until(() => server.sockets.size === 0);
});

test.serial('refusals and bad statuses are failures, and counts add up', async (t) => {
	let n = 0;
	const server = await rawServer(t, ({ socket }) => {
		n += 1;
		if (n % 3 === 0) socket.write('HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n');
		else if (n % 3 === 1) socket.resetAndDestroy();
		else socket.write(OK);
	});
	const { generator, clock, requests } = await rig(t, server, traffic());
	generator.start(0, clock.now());
	await until(() => generator.progress().sent >= 90);
	const totals = await generator.stop();
	t.is(totals.sent, totals.ok + totals.failed);
	t.is(requests().filter((request) => request.outcome === 'ok').length, totals.ok);
	t.deepEqual([...new Set(requests().map((request) => request.error ?? String(request.status)))].sort(), ['200', '503', 'ECONNRESET']);
	for (const count of server.received.values()) t.is(count, 1);

	const gone = await rig(t, { name: 'x', host: '127.0.0.1', port: await freePort() }, traffic());
	gone.generator.start(0, gone.clock.now());
	await until(() => gone.generator.progress().failed >= 20);
	await gone.generator.stop();
	t.true(gone.requests().every((request) => request.error === 'ECONNREFUSED'));
});

test.serial('the limit in flight: what is due beyond it is counted as refused, not sent and not recorded', async (t) => {
	const server = await rawServer(t, () => {});
	const { generator, clock, requests, offered } = await rig(t, server, traffic({ timeoutMs: 60_000 }), { maxInFlight: 10 });
	generator.start(0, clock.now());
	await until(() => clock.now() > 200);
	generator.abort();
	t.is(requests().length, 10);
	t.true(requests().every((request) => request.outcome === 'unfinished'));
	const [offer] = offered();
	t.is(offer!.sent, 10);
	t.true(offer!.refused >= 20);
	t.true(offer!.intended >= offer!.sent + offer!.refused);
});

test.serial('out of descriptors before anything was written: our own limit, so no request of the user', async (t) => {
	let n = 0;
	const sender: Sender = {
		send(_to, _request, done) {
			n += 1;
			const mine = n;
			setImmediate(() => done(mine % 2 ? { kind: 'failed', error: 'EMFILE', unsent: true } : { kind: 'answered', status: 200 }));
			return { written: false, abandon: () => true };
		},
		close: async () => {},
	};
	const { generator, clock, requests, offered } = await rig(t, { name: 'x', host: '127.0.0.1', port: 1 }, traffic(), { sender });
	generator.start(0, clock.now());
	await until(() => generator.progress().ok >= 20);
	const totals = await generator.stop();
	t.is(totals.failed, 0);
	t.is(requests().length, totals.ok);
	t.is(offered()[0]!.sent, totals.ok);
	t.true(offered()[0]!.refused >= 20);
});

test.serial('stop waits for what is in flight; a second experiment continues the ids', async (t) => {
	const held: (() => void)[] = [];
	const server = await rawServer(t, ({ socket }) => held.push(() => socket.write(OK)));
	const { generator, clock, requests, offered } = await rig(t, server, traffic({ timeoutMs: 30_000 }));
	generator.start(0, clock.now());
	await until(() => held.length >= 10);
	let stopped = false;
	const first = generator.stop().then((totals) => {
		stopped = true;
		return totals;
	});
	await until(() => held.length === generator.progress().sent);
	t.false(stopped);
	t.is(offered().length, 0);
	for (const answer of held.splice(0)) answer();
	const { sent, ok, nextId } = await first;
	t.is(ok, sent);
	generator.start(1, clock.now());
	await until(() => held.length >= 5);
	const second = generator.stop();
	await until(() => held.length === generator.progress().sent);
	for (const answer of held) answer();
	await second;
	t.is(new Set(requests().map((request) => request.id)).size, requests().length);
	t.true(requests().some((request) => request.id === `r${nextId}`));
	t.deepEqual(
		offered().map((event) => event.experiment),
		[0, 1],
	);
});

test.serial('same seed, same schedule and same choices; a later experiment has its own', async (t) => {
	const server = await answering(t);
	const run = async (experiment: number) => {
		const { generator, clock, requests } = await rig(t, server, traffic({ pacing: 'poisson', rate: 400 }));
		const start = clock.now();
		generator.start(experiment, start);
		await until(() => generator.progress().ok >= 50);
		await generator.stop();
		return requests()
			.sort((a, b) => a.t - b.t)
			.slice(0, 40)
			.map((request) => `${(request.t - start).toFixed(6)} ${request.mix}`);
	};
	const once = await run(0);
	t.deepEqual(await run(0), once);
	t.notDeepEqual(await run(1), once);
});

test.serial('fresh connections: as many connections as requests', async (t) => {
	const server = await answering(t);
	const { generator, clock } = await rig(t, server, traffic({ connections: 'fresh' }));
	generator.start(0, clock.now());
	await until(() => generator.progress().ok >= 30);
	const { sent } = await generator.stop();
	t.is(server.connections, sent);
});

test.serial('secrets, ids that survive, and an ok that reads the body: sent as said, and recorded without them', async (t) => {
	const heads: string[] = [];
	const server = await rawServer(t, ({ socket, head }) => {
		heads.push(head);
		socket.write(heads.length % 2 === 0 ? OK : OK.replace('ok', 'no'));
	});
	const entry = { method: 'GET', path: '/task', share: 1, headers: { Authorization: 'Bearer ${TOKEN}' }, body: null, idempotent: true };
	const spec = traffic({ correlate: { kind: 'query', name: 'rid' }, clients: 3, mix: [{ ...entry, ok: { op: '<', status: 400, body: 'ok' } }] });
	const { generator, clock, requests } = await rig(t, server, spec, { env: { TOKEN: 's3cret' } });
	generator.start(0, clock.now());
	await until(() => requests().length >= 30);
	await generator.stop();
	for (const head of heads) t.regex(head, /^GET \/task\?rid=(r\d+) HTTP[\s\S]*\r\nAuthorization: Bearer s3cret\r\n[\s\S]*x-daruma-id: \1/);
	const outcomes = new Set(requests().map(({ outcome, status }) => `${outcome} ${status}`));
	t.deepEqual([...outcomes].sort(), ['failed 200', 'ok 200'], 'the status was good, the body was not always');
	t.false(JSON.stringify(requests()).includes('s3cret'));
	t.true(server.connections >= 3, 'each client has its own');
});
