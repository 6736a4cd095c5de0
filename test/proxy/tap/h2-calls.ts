import { Client, Metadata } from '@grpc/grpc-js';
import type { ExecutionContext } from 'ava';
import type { Event, ReceiptEvent, ResponseEvent } from '../../../src/model/event.js';
import { type Rng, rng } from '../../../src/model/rng.js';
import { tapBefore } from '../stage.js';
import { CALLS, cutter, grpcServer, insecure, LONE, status } from './h2-stage.js';

interface End {
	id: string;
	code: number;
	/** It was given up here, at a moment of chance. */
	given: boolean;
}

/** One call of a random kind; resolves with its end. */
const one = (client: Client, id: string, chance: Rng): Promise<End> => {
	const metadata = new Metadata();
	const int = (most: number): number => Math.floor(chance.next() * most);
	metadata.set('x-daruma-id', id);
	metadata.set('size', String(chance.next() < 0.02 ? 100_000 : int(300)));
	metadata.set('count', String(int(4)));
	if (chance.next() < 0.2) metadata.set('code', String(1 + int(16)));
	if (chance.next() < 0.05) metadata.set('late', '3');
	if (chance.next() < 0.3) metadata.set(`x-key-${int(30)}`, 'v'.repeat(int(chance.next() < 0.05 ? 20_000 : 200)));
	if (chance.next() < 0.3) metadata.set('traceparent', `00-${int(2 ** 40)}`);
	const body = Buffer.alloc(chance.next() < 0.02 ? 150_000 : int(200), 'question ');
	const gives = chance.next() < 0.15;
	return new Promise((resolve) => {
		const over = (code: number): void => resolve({ id, code, given: gives });
		const pick = int(4);
		const callback = (error: { code: number } | null): void => over(error?.code ?? status.OK);
		const of = (kind: keyof typeof CALLS) => [CALLS[kind].path, CALLS[kind].requestSerialize, CALLS[kind].responseDeserialize] as const;
		let call: { cancel(): void };
		if (pick === 0) call = client.makeUnaryRequest(...of('unary'), body, metadata, callback);
		else if (pick === 1) {
			const stream = client.makeServerStreamRequest(...of('download'), body, metadata);
			stream
				.on('data', () => {})
				.on('error', () => {})
				.on('status', ({ code }) => over(code));
			call = stream;
		} else if (pick === 2) {
			const stream = client.makeClientStreamRequest(...of('upload'), metadata, callback);
			for (let i = int(3); i >= 0; i--) stream.write(body);
			stream.end();
			call = stream;
		} else {
			const stream = client.makeBidiStreamRequest(...of('talk'), metadata);
			stream
				.on('data', () => {})
				.on('error', () => {})
				.on('status', ({ code }) => over(code));
			for (let i = int(3); i >= 0; i--) stream.write(body);
			stream.end();
			call = stream;
		}
		if (!gives) return;
		const when = int(4);
		if (when === 0) call.cancel();
		else if (when === 1) setImmediate(() => call.cancel());
		else setTimeout(() => call.cancel(), when);
	});
};

const sum = (pieces: Buffer[]): Buffer => Buffer.concat(pieces);

/** So many calls of every kind through a tap: what it read is what the server's own ledger and the clients say. `cuts`: bytes come in other pieces than they were written in, and are compared. */
export const callsOfEveryKind = async (t: ExecutionContext, seed: number, calls: number, clients: number, cuts: boolean): Promise<void> => {
	const server = await grpcServer(t);
	const behind = cuts ? await cutter(t, server.port, seed) : null;
	const { port, until } = await tapBefore(t, behind?.port ?? server.port);
	const before = cuts ? await cutter(t, port, seed + 1) : null;
	const ends: End[] = [];
	let next = 0;
	const channels = Array.from({ length: clients }, () => new Client(`127.0.0.1:${before?.port ?? port}`, insecure, LONE));
	const chance = rng(seed).fork('calls');
	await Promise.all(
		Array.from({ length: Math.min(calls, clients * 12) }, async (_, worker) => {
			while (next < calls) {
				const id = `r${next++}`;
				ends.push(await one(channels[worker % clients] as Client, id, chance.fork(id)));
			}
		}),
	);
	for (const channel of channels) channel.close();
	const heard = ends.flatMap(({ given, id }) => (given ? [] : [id]));
	const events = await until((found) => {
		const answered = new Set(found.flatMap((e) => (e.kind === 'response' ? [e.id] : [])));
		return heard.every((id) => answered.has(id)) ? found : undefined;
	});
	agree(t, events, server.received, server.said, ends);
	if (!before || !behind) return;
	for (const [i, up] of before.up.entries()) t.true(sum(up).equals(sum(behind.up[i] as Buffer[])), `connection ${i}, up: the bytes are others`);
	for (const [i, down] of behind.down.entries()) {
		const came = sum(before.down[i] as Buffer[]);
		t.true(came.equals(sum(down).subarray(0, came.length)), `connection ${i}, down: the bytes are others`);
	}
};

const agree = (t: ExecutionContext, events: Event[], received: string[], said: Map<string, number>, ends: End[]): void => {
	const receipts = events.filter((e): e is ReceiptEvent => e.kind === 'receipt');
	const responses = events.filter((e): e is ResponseEvent => e.kind === 'response');
	t.deepEqual(
		events.filter((e) => e.kind === 'opaque'),
		[],
	);
	t.deepEqual(receipts.map((e) => e.id).sort(), [...received].sort(), 'receipts, and what the server received');
	t.is(new Set(receipts.map((e) => `${e.conn}/${e.stream}`)).size, receipts.length, 'each stream has one receipt');
	const wrong = responses.filter((e) => e.status !== 200 || e.grpcStatus !== said.get(e.id as string));
	t.deepEqual(wrong, [], 'no response but as the server said it');
	t.is(new Set(responses.map((e) => e.id)).size, responses.length, 'each call has one response');
	const answered = new Map(responses.map((e) => [e.id, e.grpcStatus]));
	const unheard = ends.filter(({ id, code, given }) => !given && answered.get(id) !== code);
	t.deepEqual(unheard, [], 'whatever a client heard has a response');
};
