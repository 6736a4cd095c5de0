import * as http2 from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { rng } from '../../../src/model/rng.js';
import { MonotonicClock, monotonicNs } from '../../../src/platform/clock.js';
import { DueHeap } from '../../../src/proxy/due-heap.js';
import type { Ends } from '../../../src/proxy/requests/conversation.js';
import { Http2Conversation } from '../../../src/proxy/requests/h2.js';
import { type RequestDesk, type RequestFacts, type RequestPlan, UNTOUCHED } from '../../../src/proxy/requests/plan.js';

export const listening = async (t: ExecutionContext, server: Server | http2.Http2Server): Promise<number> => {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	return (server.address() as AddressInfo).port;
};

export interface Between {
	port: number;
	/** Why connections became opaque. */
	opaque: string[];
	conversations: Http2Conversation[];
	facts: RequestFacts[];
	sockets: Set<Socket>;
	/** So much time passes at once, for whatever waits. */
	pass(ms: number): void;
}
export interface BetweenOptions {
	decide?: (facts: RequestFacts) => Partial<RequestPlan>;
	wantsBody?: (facts: RequestFacts) => boolean;
	/** Bytes are read in random cuts, by this seed. */
	cuts?: number;
}

/** HTTP/2 before an upstream, without a proxy around it: every view is overwritten once it is no longer the conversation's. */
export const between = async (t: ExecutionContext, upstream: number, { decide, wantsBody, cuts }: BetweenOptions = {}): Promise<Between> => {
	const real = new MonotonicClock(monotonicNs());
	let ahead = 0;
	const heap = new DueHeap({ now: () => real.now() + ahead });
	const chance = rng(cuts ?? 0);
	const pass = (ms: number): void => {
		ahead += ms;
		// Something that was due long ago makes the heap look.
		heap.add(0, { wake: () => {} });
	};
	const stage: Between = { port: 0, opaque: [], conversations: [], facts: [], sockets: new Set(), pass };
	const desk: RequestDesk = {
		active: decide !== undefined,
		answers: false,
		wantsBody: (facts) => wantsBody?.(facts) ?? false,
		decide: (facts) => {
			stage.facts.push(facts);
			return { ...UNTOUCHED, ...decide?.(facts) };
		},
	} as RequestDesk;
	const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
		const up = connect({ port: upstream, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
		stage.sockets.add(client).add(up);
		let inside = 0;
		let early: Uint8Array[] | null = [];
		let conversation: Http2Conversation | null = null;
		const call = (fn: (c: Http2Conversation) => void): void => {
			if (!conversation) return;
			if (inside++ > 0) throw new Error('called inside a call');
			fn(conversation);
			inside--;
			if (conversation.excess > 0 || up.writableLength > 262_144) client.pause();
		};
		const ends: Ends = {
			desk,
			heap,
			conn: 0,
			client: { address: '127.0.0.1', port: 1 },
			clientReady: true,
			toUpstream: (view) => void (up.writable && up.write(view.slice())),
			toClient: (view) => {
				if (client.writable && !client.write(view.slice())) {
					(ends as { clientReady: boolean }).clientReady = false;
					up.pause();
				}
			},
			endUpstream: () => void up.end(),
			endClient: () => void client.end(),
			reset: () => void client.resetAndDestroy(),
			forgetUpstream: () => void up.destroy(),
			drained: () => void process.nextTick(() => client.resume()),
			opaque: (why) => void stage.opaque.push(why),
		} as Ends;
		const inCuts = (bytes: Uint8Array, hear: (piece: Uint8Array) => void): void => {
			for (let at = 0; at < bytes.length; ) {
				const n = cuts === undefined ? bytes.length : 1 + Math.floor(chance.next() ** 3 * (chance.next() < 0.5 ? 60 : 20_000));
				// A Buffer, whose slice() is a view.
				const piece = Buffer.from(bytes.subarray(at, at + n));
				at += n;
				hear(piece);
				piece.fill(0xaa);
			}
		};
		client.on('data', (bytes) => {
			if (!conversation) {
				conversation = new Http2Conversation(ends, Buffer.concat(early ?? []));
				stage.conversations.push(conversation);
				early = null;
			}
			inCuts(bytes, (piece) => call((c) => c.fromClient(piece)));
		});
		up.on('data', (bytes) => {
			if (early) {
				early.push(Uint8Array.from(bytes));
				client.write(bytes);
			} else inCuts(bytes, (piece) => call((c) => c.fromUpstream(piece)));
		});
		up.on('drain', () => conversation?.excess === 0 && client.resume());
		client.on('drain', () => {
			(ends as { clientReady: boolean }).clientReady = true;
			up.resume();
			call((c) => c.resumed());
		});
		client.on('end', () => up.end());
		up.on('end', () => (conversation ? call((c) => c.upstreamEnded()) : client.end()));
		for (const socket of [client, up]) {
			socket.on('error', () => {});
			socket.on('close', () => {
				stage.sockets.delete(socket);
				conversation?.close();
				client.destroy();
				up.destroy();
			});
		}
	});
	stage.port = await listening(t, server);
	t.teardown(() => {
		for (const socket of stage.sockets) socket.destroy();
	});
	return stage;
};

export interface Answer {
	status: number;
	headers: http2.IncomingHttpHeaders;
	body: string;
	trailers: http2.IncomingHttpHeaders;
	/** 1xx that came before. */
	interim: number[];
	pushed: string[];
	/** '' or the code of the reset. */
	reset: number;
	error: string;
}

/** One request over a session: resolves when its stream is closed, whatever becomes of it. */
export const ask = (
	session: http2.ClientHttp2Session,
	headers: http2.OutgoingHttpHeaders,
	{ body, endless, trailers, cancelAfter }: { body?: Uint8Array | string; endless?: boolean; trailers?: Record<string, string>; cancelAfter?: number } = {},
): Promise<Answer> =>
	new Promise((resolve) => {
		const answer: Answer = { status: 0, headers: {}, body: '', trailers: {}, interim: [], pushed: [], reset: 0, error: '' };
		const stream = session.request(headers, { endStream: body === undefined && !endless && !trailers, waitForTrailers: trailers !== undefined });
		stream.on('response', (h) => {
			answer.status = h[':status'] ?? 0;
			answer.headers = h;
		});
		stream.on('headers', (h) => answer.interim.push(Number(h[':status'])));
		stream.on('trailers', (h) => {
			answer.trailers = h;
		});
		stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
		let got = 0;
		stream.setEncoding('latin1');
		stream.on('data', (text: string) => {
			answer.body += text;
			got += text.length;
			if (cancelAfter !== undefined && got > cancelAfter) stream.close(http2.constants.NGHTTP2_CANCEL);
		});
		stream.on('error', (error: NodeJS.ErrnoException) => {
			answer.error = error.message;
		});
		stream.on('close', () => {
			answer.reset = stream.rstCode ?? 0;
			resolve(answer);
		});
		if (endless) stream.write(body ?? '');
		else if (body !== undefined || trailers) stream.end(body);
	});

export const session = (t: ExecutionContext, port: number, options: http2.ClientSessionOptions = {}): http2.ClientHttp2Session => {
	const made = http2.connect(`http://127.0.0.1:${port}`, options);
	made.on('error', () => {});
	t.teardown(() => made.destroy());
	return made;
};
