import test from 'ava';
import { type Rng, rng } from '../../../src/model/rng.js';
import type { DueHeap } from '../../../src/proxy/due-heap.js';
import type { Ends } from '../../../src/proxy/requests/conversation.js';
import { Http2Conversation } from '../../../src/proxy/requests/h2.js';
import { type RequestDesk, type RequestPlan, UNTOUCHED } from '../../../src/proxy/requests/plan.js';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.js';
import { FrameParser } from '../../../src/wire/http2/parser.js';
import { PREFACE } from '../../../src/wire/http2/preface.js';
import * as write from '../../../src/wire/http2/writer.js';
import { fields, randomFields } from '../../wire/hpack/random-fields.js';

/** Virtual time: whoever waits is woken when the test says so. */
class Waiting {
	private readonly entries = new Set<{ due: number; who: { wake(now: number): void } | null }>();
	private time = 0;
	now(): number {
		return this.time;
	}
	get size(): number {
		return this.entries.size;
	}
	add(due: number, who: { wake(now: number): void }): object {
		const entry = { due, who };
		this.entries.add(entry);
		return entry;
	}
	cancel(entry: never): void {
		this.entries.delete(entry);
	}
	pass(ms: number): void {
		this.time += ms;
		for (const entry of [...this.entries]) {
			if (entry.due > this.time) continue;
			this.entries.delete(entry);
			entry.who?.wake(this.time);
		}
	}
}

const plans = (chance: Rng): Partial<RequestPlan> => {
	const pick = Math.floor(chance.next() * 9);
	const answer = { status: 503, headers: [['x', 'y'] as const], body: new Uint8Array(Math.floor(chance.next() * 3000)) };
	const one: Partial<RequestPlan>[] = [
		{},
		{ answer },
		{ reset: 'read' },
		{ reset: 'passed' },
		{ hang: true },
		{ answer, truncateAt: 5 },
		{ truncateAt: 100 },
		{},
		{},
	];
	return { ...one[pick], ...(chance.next() < 0.3 && { delayMs: 1 + chance.next() * 50 }) };
};

interface Run {
	conversation: Http2Conversation;
	heap: Waiting;
	out: { client: Uint8Array[]; upstream: Uint8Array[] };
	ended: boolean;
	opaque: string[];
}
const run = (chance: Rng): Run => {
	const heap = new Waiting();
	const me = { heap, out: { client: [] as Uint8Array[], upstream: [] as Uint8Array[] }, ended: false, opaque: [] as string[] } as unknown as Run;
	const desk = { active: true, wantsBody: () => chance.next() < 0.2, decide: () => ({ ...UNTOUCHED, ...plans(chance) }) } as unknown as RequestDesk;
	const ends = {
		desk,
		heap: heap as unknown as DueHeap,
		conn: 0,
		client: { address: '127.0.0.1', port: 1 },
		get clientReady() {
			return chance.next() < 0.9;
		},
		toUpstream: (view: Uint8Array) => me.out.upstream.push(new Uint8Array(view)),
		toClient: (view: Uint8Array) => me.out.client.push(new Uint8Array(view)),
		endUpstream: () => {
			me.ended = true;
		},
		endClient: () => {
			me.ended = true;
		},
		drained: () => {},
		opaque: (why: string) => me.opaque.push(why),
	} as unknown as Ends;
	me.conversation = new Http2Conversation(ends, new Uint8Array(0));
	return me;
};

interface Inside {
	nextUpstream: number;
	byClient: Map<number, unknown>;
	byUpstream: Map<number, unknown>;
	undecided: number;
	waiting: number;
	client: { queued: number; parser: FrameParser };
	upstream: { queued: number; parser: FrameParser };
}
const inside = (c: Http2Conversation): Inside => (c as unknown as { streams: Inside }).streams;

const pick = <T>(chance: Rng, from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
/** `next`: the first number that was not used. */
interface State {
	next: number;
	pushed: number;
}
const request = (chance: Rng, hpack: HpackEncoder, state: State): Uint8Array => {
	const id = state.next;
	state.next += 2;
	const list = [...fields([':method', pick(chance, ['GET', 'POST', 'CONNECT'])], [':scheme', 'http'], [':path', '/']), ...randomFields(chance)];
	const priority = chance.next() < 0.1 ? { dependsOn: id, exclusive: true, weight: 3 } : null;
	return write.headersFrame(id, hpack.encode(list), { endStream: chance.next() < 0.4, priority });
};
/** What a peer may say next: mostly in order, on streams that are likely to be there. */
const frame = (chance: Rng, side: 'client' | 'upstream', hpack: HpackEncoder, state: State): Uint8Array => {
	const stream = chance.next() < 0.998 ? Math.max(1, 1 + 2 * Math.floor(chance.next() * ((state.next - 1) / 2))) : Math.floor(chance.next() * 40);
	// Nobody says anything of a stream that was never opened.
	if (state.next === 1 && (side === 'upstream' || chance.next() < 0.9))
		return side === 'client' ? request(chance, hpack, state) : write.pingFrame(new Uint8Array(8));
	const body = new Uint8Array(Math.floor(chance.next() ** 4 * 16_000));
	const end = chance.next() < 0.4;
	const kind = Math.floor(chance.next() * 16);
	if (kind < 5) {
		if (side === 'upstream')
			return write.headersFrame(stream, hpack.encode([...fields([':status', pick(chance, ['200', '100', '503'])]), ...randomFields(chance)]), {
				endStream: end,
			});
		return chance.next() < 0.8 ? request(chance, hpack, state) : write.headersFrame(stream, hpack.encode(randomFields(chance)), { endStream: true });
	}
	if (kind < 9) return write.dataFrame(stream, body, end);
	if (kind < 11) return write.windowUpdateFrame(chance.next() < 0.4 ? 0 : stream, Math.floor(chance.next() * 100_000) + 1);
	if (kind === 11) return write.rstStreamFrame(stream || 1, 8);
	if (kind === 12)
		return chance.next() < 0.5
			? write.SETTINGS_ACK
			: write.settingsFrame([
					[4, Math.floor(chance.next() * 100_000)],
					[1, Math.floor(chance.next() * 10_000)],
					[5, 16_384 + Math.floor(chance.next() * 50_000)],
				]);
	if (kind === 13) return write.pingFrame(new Uint8Array(8), chance.next() < 0.5);
	if (kind === 14)
		return side === 'upstream' && chance.next() < 0.5
			? write.pushPromiseFrame(stream || 1, ++state.pushed * 2, hpack.encode(fields([':path', '/p'])))
			: write.frameBytes((chance.next() < 0.99 ? 10 : 0) + Math.floor(chance.next() * 10), Math.floor(chance.next() * 256), stream, body.subarray(0, 40));
	return chance.next() < 0.1 ? write.goawayFrame(stream, 0) : write.priorityFrame(stream || 1, { dependsOn: 0, exclusive: false, weight: 1 });
};

/** What was said so far can be read, up to where it ends. */
const readable = (bytes: readonly Uint8Array[], preface: boolean): string => {
	const parser = new FrameParser({ preface, maxFrameSize: 2 ** 24 - 1, maxBlock: 2 ** 20 });
	for (const piece of bytes) {
		for (let at = 0; at < piece.length; ) {
			at = parser.step(piece, at, piece.length);
			if (parser.lost) return parser.lost.why;
		}
	}
	return '';
};

for (const mutate of [false, true]) {
	test(`${mutate ? 'mutated' : 'random'} frames of both peers under random plans: no crash, bounded memory, and what is said is HTTP/2`, (t) => {
		const open = new Map<string, number>();
		let whole = 0;
		for (let seed = 0; seed < 250; seed++) {
			const chance = rng(seed);
			const me = run(chance);
			const { conversation: c, heap } = me;
			const feed = (who: 'client' | 'upstream', bytes: Uint8Array): void => {
				if (mutate && chance.next() < 0.03) bytes[Math.floor(chance.next() * bytes.length)] = Math.floor(chance.next() * 256);
				for (let at = 0; at < bytes.length; ) {
					const piece = Buffer.from(bytes.subarray(at, at + 1 + Math.floor(chance.next() * 3000)));
					at += piece.length;
					if (who === 'client') c.fromClient(piece);
					else c.fromUpstream(piece);
					piece.fill(0xaa);
				}
			};
			const hpack = { client: new HpackEncoder(), upstream: new HpackEncoder() };
			const states = { client: { next: 1, pushed: 0 }, upstream: { next: 1, pushed: 0 } };
			const greeting = new Uint8Array(Buffer.concat([PREFACE, write.settingsFrame([[4, 30_000]])]));
			if (chance.next() < 0.5) feed('client', greeting);
			feed(
				'upstream',
				write.settingsFrame([
					[3, 100],
					[4, 20_000],
				]),
			);
			if (greeting[0] === 80 && me.out.upstream.length === 0) feed('client', greeting);
			for (let n = 0; n < 120 && !me.ended; n++) {
				const who = chance.next() < 0.6 ? 'client' : 'upstream';
				states.upstream.next = inside(c).nextUpstream;
				feed(who, frame(chance, who, hpack[who], states[who]));
				if (chance.next() < 0.2) heap.pass(chance.next() * 20);
				if (chance.next() < 0.1) c.resumed();
				if (c.excess > 8_000_000) return t.fail(`seed ${seed}: ${c.excess} bytes held`);
			}
			heap.pass(1000);
			c.resumed();
			// Else a mutated length swallows whatever is said.
			const heard = inside(c).client.parser.idle && inside(c).upstream.parser.idle;
			if (!me.ended && me.opaque.length === 0 && heard) {
				// Both give up everything that may be open: nothing is left of it.
				for (const id of [...inside(c).byClient.keys()]) c.fromClient(write.rstStreamFrame(id, 8));
				for (const id of [...inside(c).byUpstream.keys()]) c.fromUpstream(write.rstStreamFrame(id, 8));
				const { byClient, byUpstream, undecided, waiting, client, upstream } = inside(c);
				t.deepEqual([byClient.size, byUpstream.size, undecided, waiting, client.queued, upstream.queued], [0, 0, 0, 0, 0, 0], `seed ${seed}`);
				whole++;
			}
			const why = me.opaque[0] ?? '';
			open.set(why, (open.get(why) ?? 0) + 1);
			if (why === '' || why.includes('GOAWAY')) {
				t.is(readable(me.out.upstream, true), '', `seed ${seed}, to the upstream`);
				t.is(readable(me.out.client, false), '', `seed ${seed}, to the client`);
			}
			c.close();
			t.is(heap.size, 0, `seed ${seed}: somebody still waits`);
		}
		// It went deep.
		t.true(mutate ? open.size > 8 : whole > 50, `${whole} ${JSON.stringify([...open])}`);
	});
}

test('plain noise behind the preface is passed on as it is', (t) => {
	for (let seed = 0; seed < 200; seed++) {
		const chance = rng(seed);
		const me = run(chance);
		const noise = Buffer.concat([PREFACE, Uint8Array.from({ length: 300 }, () => Math.floor(chance.next() * 256))]);
		for (let at = 0; at < noise.length; ) {
			const piece = Buffer.from(noise.subarray(at, at + 1 + Math.floor(chance.next() * 50)));
			at += piece.length;
			me.conversation.fromClient(piece);
			piece.fill(0xaa);
		}
		me.conversation.close();
		t.deepEqual(Buffer.concat(me.out.upstream), noise);
	}
});
