import * as http2 from 'node:http2';
import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import type { ResponseEvent } from '../../../src/model/event.js';
import { rng } from '../../../src/model/rng.js';
import { fault, soon, tapBefore } from '../stage.js';
import { CALLS, grpcServer, H2Client, http2Server, insecure, LONE, status } from './h2-stage.js';

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = http2.constants;
const head = (id: string, more: http2.OutgoingHttpHeaders = {}): http2.OutgoingHttpHeaders => ({ ':path': `/${id}`, 'x-daruma-id': id, ...more });

/** A replica that keeps the ids and bodies that it was asked with, behind a tap. */
const stage = async (t: ExecutionContext, settings: http2.Settings = {}) => {
	const asked: string[] = [];
	const waiting: http2.ServerHttp2Stream[] = [];
	const port = await http2Server(
		t,
		(stream, headers) => {
			asked.push(String(headers['x-daruma-id']));
			let length = 0;
			stream.on('data', (piece) => {
				length += piece.length;
			});
			const end = (): void => {
				stream.respond({ 'x-big': headers['x-big'] ?? '', 'x-again': `again ${asked.length % 40}` });
				stream.end(`answer to ${headers['x-daruma-id']}, ${length} bytes`);
			};
			if (headers[':path'] === '/slow') waiting.push(stream);
			else if (stream.readableEnded || headers[':method'] === 'GET') end();
			else stream.on('end', end);
		},
		settings,
	);
	return { asked, waiting, replica: port, ...(await tapBefore(t, port)) };
};

const unary = (client: Client, id: string, more: Record<string, string> = {}): Promise<{ code: number; details: string; body?: Buffer }> =>
	new Promise((resolve) => {
		const metadata = new Metadata();
		for (const [name, value] of Object.entries({ 'x-daruma-id': id, size: '5', ...more })) metadata.set(name, value);
		const { path, requestSerialize, responseDeserialize } = CALLS.unary;
		client.makeUnaryRequest(path, requestSerialize, responseDeserialize, Buffer.from('question'), metadata, (error: ServiceError | null, body) =>
			resolve(error ? { code: error.code, details: error.details } : { code: status.OK, details: '', ...(body && { body }) }),
		);
	});

test('error: on a live connection the consumed never get there, the others are unharmed, also in the middle of an answer; hundreds more after the heal', async (t) => {
	const { tap, port, asked, waiting, until } = await stage(t);
	const client = new H2Client(t, port);
	const big = (n: number): http2.OutgoingHttpHeaders => ({
		'x-big': `${n},`.repeat(n % 50),
		[`x-key-${n % 7}`]: `value ${n % 11}`,
		authorization: `secret ${n}`,
		[http2.sensitiveHeaders]: ['authorization'],
	});
	for (let i = 0; i < 20; i++) t.is((await client.ask(head(`a${i}`, big(i)))).status, 200);
	const slow = client.stream({ ...head('slow'), ':path': '/slow' });
	while (waiting.length === 0) await soon();
	waiting[0]?.respond({ 'x-slow': 'yes' });
	waiting[0]?.write('first half, ');
	tap.setFault(fault('error', { share: 0.5, status: 502 }));
	const during = await Promise.all(
		Array.from({ length: 200 }, (_, i) => {
			const body = i % 3 === 0 ? Buffer.alloc(i * 700) : undefined;
			return client.ask(head(`b${i}`, { ...big(i), ...(body && { ':method': 'POST' }) }), body);
		}),
	);
	const consumed = during.flatMap((heard, i) => (heard.status === 502 ? [`b${i}`] : []));
	t.true(consumed.length > 50 && consumed.length < 150, `${consumed.length}`);
	for (const [i, heard] of during.entries()) {
		if (heard.status === 502) t.is(heard.headers['x-daruma-injected'], 'error');
		else t.deepEqual([heard.status, heard.headers['x-big'], heard.body], [200, big(i)['x-big'], `answer to b${i}, ${i % 3 === 0 ? i * 700 : 0} bytes`]);
		t.is(heard.code, NGHTTP2_NO_ERROR);
	}
	t.deepEqual(
		asked.filter((id) => consumed.includes(id)),
		[],
	);
	waiting[0]?.end('second half');
	t.is((await slow.heard).body, 'first half, second half');
	tap.setFault(null);
	for (let i = 0; i < 300; i++) {
		const heard = await client.ask(head(`c${i}`, big(i)));
		t.deepEqual([heard.status, heard.headers['x-big']], [200, big(i)['x-big']]);
	}
	t.is(client.broken, '');
	const responses = await until((found) => {
		const all = found.filter((e): e is ResponseEvent => e.kind === 'response');
		return all.length === 521 ? all : undefined;
	});
	t.deepEqual(
		responses.filter((e) => e.injected).map((e) => [e.id, e.status]),
		responses.filter((e) => consumed.includes(String(e.id))).map((e) => [e.id, 502]),
	);
	t.is(new Set(asked).size, 321 + 200 - consumed.length);
});

test('error: gRPC gets a code, by name or by what the HTTP status means, on calls of every kind', async (t) => {
	const server = await grpcServer(t);
	const { tap, port, until } = await tapBefore(t, server.port);
	const client = new Client(`127.0.0.1:${port}`, insecure, LONE);
	t.teardown(() => client.close());
	t.is((await unary(client, 'r0')).code, status.OK);
	for (const [given, grpcStatus, expected] of [
		[503, undefined, status.UNAVAILABLE],
		[404, undefined, status.UNIMPLEMENTED],
		[500, undefined, status.UNKNOWN],
		[429, 8, status.RESOURCE_EXHAUSTED],
	] as const) {
		tap.setFault(fault('error', { status: given, ...(grpcStatus !== undefined && { grpcStatus }) }));
		t.deepEqual(await unary(client, `e${given}`), { code: expected, details: 'injected by daruma' });
	}
	tap.setFault(fault('error', { share: 0.5 }));
	const mixed = await Promise.all(Array.from({ length: 100 }, (_, i) => unary(client, `m${i}`, { [`x-${i % 9}`]: 'v'.repeat(i * 9) })));
	t.true(mixed.some(({ code }) => code === status.OK) && mixed.some(({ code }) => code === status.UNAVAILABLE));
	for (const { code } of mixed) t.true(code === status.OK || code === status.UNAVAILABLE, `${code}`);
	tap.setFault(fault('error'));
	// It says nothing by itself, and waits for an answer.
	const metadata = new Metadata();
	metadata.set('x-daruma-id', 'talk');
	const talk = client.makeBidiStreamRequest(CALLS.talk.path, CALLS.talk.requestSerialize, CALLS.talk.responseDeserialize, metadata);
	talk.on('data', () => {}).on('error', () => {});
	t.is(await new Promise((resolve) => talk.on('status', ({ code }) => resolve(code))), status.UNAVAILABLE);
	tap.setFault(null);
	for (let i = 0; i < 50; i++) t.is((await unary(client, `n${i}`, { [`x-${i % 9}`]: 'v'.repeat(i * 9) })).code, status.OK);
	const refused = mixed.flatMap(({ code }, i) => (code === status.OK ? [] : [`m${i}`]));
	t.deepEqual(
		server.received.filter((id) => refused.includes(id) || id.startsWith('e') || id === 'talk'),
		[],
	);
	const made = await until((found) => {
		const all = found.filter((e): e is ResponseEvent => e.kind === 'response' && e.injected === true);
		return all.length === refused.length + 5 ? all : undefined;
	});
	t.deepEqual(
		made.slice(0, 2).map(({ id, status, grpcStatus }) => [id, status, grpcStatus]),
		[
			['e503', 200, 14],
			['e404', 200, 12],
		],
	);
});

test('reset: RST_STREAM once the request is read; the connection lives on', async (t) => {
	const { tap, port, asked, until } = await stage(t);
	const client = new H2Client(t, port);
	t.is((await client.ask(head('r0'))).status, 200);
	tap.setFault(fault('reset'));
	const post = client.stream(head('r1', { ':method': 'POST' }), 'half', true);
	await until((found) => (found.some((e) => e.kind === 'receipt' && e.id === 'r1') ? true : undefined));
	t.false(post.stream.closed, 'not before the request is whole');
	post.stream.end('whole');
	t.deepEqual(await post.heard.then(({ status, code }) => [status, code]), [0, NGHTTP2_INTERNAL_ERROR]);
	t.is((await client.ask(head('r2'))).code, NGHTTP2_INTERNAL_ERROR);
	tap.setFault(null);
	t.is((await client.ask(head('r3'))).status, 200);
	t.deepEqual(asked, ['r0', 'r3']);
	t.is(client.broken, '');
});

test('silence (drop, or a share of a blackhole): uploads are read with credit for all of it; what the client says of them stays here; the heal ends them', async (t) => {
	const { tap, port, asked } = await stage(t, { initialWindowSize: 20_000 });
	const client = new H2Client(t, port);
	t.is((await client.ask(head('r0'))).status, 200);
	tap.setFault(fault('drop', { methods: ['POST'] }));
	// Ten times the window of the connection, and more than that of a stream.
	const uploads = Array.from({ length: 10 }, (_, i) => client.stream(head(`p${i}`, { ':method': 'POST' }), Buffer.alloc(65_535)));
	await Promise.all(uploads.map(({ stream }) => new Promise((resolve) => stream.on('finish', resolve))));
	const upload = uploads[0] as (typeof uploads)[0];
	upload.stream.close(http2.constants.NGHTTP2_CANCEL);
	t.is((await client.ask(head('r1'))).status, 200, 'others pass');
	tap.setFault(fault('blackhole', { methods: ['PUT'] }));
	for (const { heard } of uploads.slice(1)) t.is((await heard).code, NGHTTP2_INTERNAL_ERROR);
	const put = client.stream(head('p10', { ':method': 'PUT' }), 'x');
	t.is((await client.ask(head('r2'))).status, 200);
	tap.setFault(null);
	t.is((await put.heard).code, NGHTTP2_INTERNAL_ERROR);
	const again = await client.ask(head('p11', { ':method': 'POST' }), Buffer.alloc(300_000));
	t.is(again.body, 'answer to p11, 300000 bytes', 'all windows are as they were');
	t.deepEqual(asked, ['r0', 'r1', 'r2', 'p11']);
	t.is(client.broken, '');
});

test('blackhole of everything: live and new connections go silent, receipts are kept, the heal closes them', async (t) => {
	const { tap, port, asked, until } = await stage(t);
	const live = new H2Client(t, port);
	t.is((await live.ask(head('r0'))).status, 200);
	tap.setFault(fault('blackhole'));
	void live.stream(head('r1')).heard;
	const fresh = new H2Client(t, port);
	void fresh.stream(head('r2', { ':method': 'POST' }), 'x').heard;
	await until((found) => (['r1', 'r2'].every((id) => found.some((e) => e.kind === 'receipt' && e.id === id)) ? true : undefined));
	t.deepEqual([live.broken, fresh.broken], ['', '']);
	tap.setFault(null);
	await Promise.all([live.closed, fresh.closed]);
	t.is((await new H2Client(t, port).ask(head('r3'))).status, 200);
	t.deepEqual(asked, ['r0', 'r3']);
});

test('delay: no answer is early; with a share, only its answers and what is behind them; gone with the heal', async (t) => {
	const { tap, port, clock } = await stage(t);
	const client = new H2Client(t, port);
	t.is((await client.ask(head('r0'))).status, 200);
	tap.setFault(fault('delay', { latencyMs: 120, jitterMs: 20 }));
	const took = await Promise.all(
		Array.from({ length: 20 }, async (_, i) => {
			const start = clock.now();
			t.is((await client.ask(head(`d${i}`))).status, 200);
			return clock.now() - start;
		}),
	);
	t.true(Math.min(...took) >= 100, `${took}`);
	tap.setFault(fault('delay', { latencyMs: 3_600_000, share: 0.2 }));
	// Which requests it meets is known: so many came before.
	const chance = rng(7).fork('n1');
	const meets = (n: number): boolean => chance.fork(`request:${n}`).next() < 0.2;
	let n = 21;
	for (; !meets(n); n++) t.is((await client.ask(head(`s${n}`))).status, 200);
	const late = client.ask(head(`s${n}`));
	const behind = client.ask(head('behind'));
	t.is(await Promise.race([late, behind, soon(100)]), undefined, 'one direction is one queue');
	tap.setFault(null);
	t.deepEqual([(await late).status, (await behind).status], [200, 200]);
});

test('crash: tripped by the receipt of a stream, not by a probe; what the replica answers does not get out', async (t) => {
	const { tap, port, asked, crashes } = await stage(t);
	const client = new H2Client(t, port);
	tap.setFault(fault('crash', { methods: ['POST'] }));
	t.is((await client.ask(head('probe-1', { ':method': 'POST' }), 'x')).status, 200);
	t.is((await client.ask(head('r1'))).status, 200);
	const { stream } = client.stream(head('r2', { ':method': 'POST' }), 'half', true);
	await soon(30);
	t.deepEqual(crashes, [], 'not before it is whole');
	stream.end('whole');
	while (crashes.length === 0 || asked.length < 3) await soon();
	await soon(30);
	t.false(stream.closed);
	t.deepEqual(asked, ['probe-1', 'r1', 'r2']);
});

test('tables of other sizes, also while answers are made up', async (t) => {
	for (const [mine, theirs] of [
		[{ headerTableSize: 0 }, {}],
		[{}, { headerTableSize: 0 }],
		[{ headerTableSize: 65_536 }, { headerTableSize: 100 }],
		[
			{ headerTableSize: 200, maxFrameSize: 20_000 },
			{ headerTableSize: 65_536, maxFrameSize: 100_000 },
		],
	] as http2.Settings[][]) {
		const { tap, port, events } = await stage(t, theirs);
		const client = new H2Client(t, port, mine);
		// The first answer of all is made up: what the replica's encoder owes is said by us.
		tap.setFault(fault('error', { methods: ['DELETE'] }));
		t.is((await client.ask(head('d0', { ':method': 'DELETE' }))).status, 503);
		for (let i = 0; i < 60; i++) {
			if (i === 20) await new Promise<void>((resolve) => client.session.settings({ headerTableSize: 50 }, () => resolve()));
			if (i === 20) t.is((await client.ask(head('d1', { ':method': 'DELETE' }))).status, 503);
			if (i === 40) await new Promise<void>((resolve) => client.session.settings({ headerTableSize: 9000 }, () => resolve()));
			const heard = await client.ask(head(`r${i}`, { 'x-big': `${i % 5}`.repeat(i * 30), 'x-other': `${i % 3}` }));
			t.deepEqual([heard.status, heard.headers['x-big']], [200, `${i % 5}`.repeat(i * 30)]);
		}
		t.is(client.broken, '');
		t.false(events().some((e) => e.kind === 'opaque'));
	}
});

test('"Expect: 100-continue" of a consumed request is heard; a head beyond one frame is written anew in several', async (t) => {
	const { tap, port, asked } = await stage(t);
	const client = new H2Client(t, port);
	tap.setFault(fault('error', { methods: ['PUT'] }));
	const { stream, heard } = client.stream(head('r0', { ':method': 'PUT', expect: '100-continue' }), undefined, true);
	await new Promise((resolve) => stream.on('continue', resolve));
	stream.end('body');
	t.is((await heard).status, 503);
	const large = 'y~'.repeat(14_000);
	t.is((await client.ask(head('r1', { 'x-big': large }))).headers['x-big'], large);
	t.deepEqual(asked, ['r1']);
});
