import type { ExecutionContext } from 'ava';
import { type Rng, rng } from '../../../src/model/rng.js';
import { consumes, type Decision, type Exchange } from '../../../src/proxy/tap/exchange.js';
import { Http2Tap } from '../../../src/proxy/tap/http2.js';
import type { Carrier } from '../../../src/proxy/tap/protocol.js';
import { HpackDecoder } from '../../../src/wire/hpack/decoder.js';
import { HpackEncoder } from '../../../src/wire/hpack/encoder.js';
import type { Field } from '../../../src/wire/hpack/field.js';
import { type Frame, SETTING } from '../../../src/wire/http2/frame.js';
import { FrameParser } from '../../../src/wire/http2/parser.js';
import { PREFACE } from '../../../src/wire/http2/preface.js';
import * as write from '../../../src/wire/http2/writer.js';
import { identity } from '../../../src/wire/request-id.js';
import { randomFields } from '../../wire/hpack/random-fields.js';

/** One end of a connection that forgives nothing: what it reads must be in order, and every block decode. */
class End {
	readonly out: Uint8Array[] = [];
	readonly encoder: HpackEncoder;
	private readonly decoder = new HpackDecoder();
	private readonly parser: FrameParser;
	/** Table sizes that it announced and that are not acknowledged. */
	private readonly announced: number[] = [];
	readonly fields: { stream: number; fields: readonly Field[]; end: boolean }[] = [];
	readonly data = new Map<number, number>();
	readonly resets = new Map<number, number>();
	readonly streams = new Set<number>();
	flow = 0;
	credit = 0;
	private readonly t: ExecutionContext;
	private readonly who: string;

	constructor(t: ExecutionContext, who: string, preface: boolean, tableSize: number) {
		this.t = t;
		this.who = who;
		this.encoder = new HpackEncoder({ tableSize });
		this.parser = new FrameParser({ preface });
	}
	settings(size: number): void {
		this.announced.push(size);
		this.out.push(write.settingsFrame([[SETTING.headerTableSize, size]]));
		// The other may use more from when it has read this; it holds back until it has acknowledged.
	}
	read(bytes: Uint8Array): void {
		for (let at = 0; at < bytes.length; ) {
			at = this.parser.step(bytes, at, bytes.length);
			if (this.parser.lost) throw new Error(`${this.who}: ${this.parser.lost.why}`);
			if (this.parser.frame) this.frame(this.parser.frame);
		}
	}
	private frame(frame: Frame): void {
		if ('stream' in frame && frame.stream > 0) this.streams.add(frame.stream);
		if (frame.kind === 'headers') {
			const decoded = this.decoder.decode(frame.block);
			if (!decoded.ok) throw new Error(`${this.who}: ${decoded.why}`);
			this.fields.push({ stream: frame.stream, fields: decoded.fields, end: frame.endStream });
		} else if (frame.kind === 'data') {
			this.data.set(frame.stream, (this.data.get(frame.stream) ?? 0) + frame.data.length);
			this.flow += frame.flow;
		} else if (frame.kind === 'rstStream') this.resets.set(frame.stream, frame.code);
		else if (frame.kind === 'windowUpdate' && frame.stream === 0) this.credit += frame.increment;
		else if (frame.kind === 'settings' && frame.ack) this.decoder.setTableLimit(this.announced.shift() ?? this.t.fail() ?? 0);
		else if (frame.kind === 'settings') {
			for (const [id, value] of frame.settings) if (id === SETTING.headerTableSize) this.encoder.setTableLimit(value);
			this.out.push(write.SETTINGS_ACK);
		}
	}
}

const padded = (stream: number, block: Uint8Array, end: boolean, pad: number): Uint8Array =>
	write.frameBytes(1, 4 | 8 | (end ? 1 : 0), stream, Uint8Array.from([pad, ...block, ...new Uint8Array(pad)]));
const paddedData = (stream: number, data: Uint8Array, end: boolean, pad: number): Uint8Array =>
	write.frameBytes(0, 8 | (end ? 1 : 0), stream, Uint8Array.from([pad, ...data, ...new Uint8Array(pad)]));
const text = (fields: readonly Field[]): string => fields.map(({ name, value, never }) => `${name}: ${value}${never ? ' (never)' : ''}`).join('\n');

/** A conversation by chance between two strict ends with the tap between them, in random cuts, under faults that come and go. */
export const conversation = (t: ExecutionContext, seed: number, steps: number): { consumed: number; passed: number } => {
	const chance: Rng = rng(seed);
	const int = (most: number): number => Math.floor(chance.next() * most);
	const sizes = [0, 60, 4096, 20_000];
	const client = new End(t, 'client', false, sizes[int(4)] as number);
	const replica = new End(t, 'replica', true, sizes[int(4)] as number);
	const consumed = new Map<number, Decision>();
	const responses: number[] = [];
	let fault: Decision | null = null;
	const link = (to: End) => ({ message: 0, shaped: int(2) === 0, flushed: true, pass: (view: Uint8Array) => to.read(view.slice()) });
	const carrier = {
		tap: {
			heap: { now: () => 0 },
			identity: identity(),
			get holdsHeads() {
				return fault !== null;
			},
			admit: () => {},
			decide: (exchange: Exchange): Decision => {
				if (!fault || chance.next() < 0.5) return 'pass';
				exchange.status = 503;
				if (exchange.grpc) exchange.grpcStatus = 14;
				return fault;
			},
		},
		up: link(replica),
		down: link(client),
		swallowed: false,
		muted: false,
		dead: false,
		tellOpaque: (why: string) => {
			throw new Error(`opaque: ${why}`);
		},
		receipt: (exchange: Exchange) => {
			if (consumes(exchange)) consumed.set(exchange.stream as number, exchange.decision);
		},
		respond: (exchange: Exchange, injected: boolean) => {
			t.is(injected, consumed.has(exchange.stream as number));
			responses.push(exchange.stream as number);
		},
	} as unknown as Carrier;
	const tap = new Http2Tap(carrier);

	const asked = new Map<number, string[]>();
	const sent = new Map<number, number>();
	const answers = new Map<number, string[]>();
	const cancelled = new Set<number>();
	const requests: number[] = [];
	const replies: number[] = [];
	let sentFlow = 0;
	let last = -1;
	const list = (lead: [string, string][]): Field[] => [
		...lead.map(([name, value]) => ({ name, value })),
		...randomFields(chance).filter(({ name }) => name !== 'content-type'),
	];
	const headers = (end: End, stream: number, fields: readonly Field[], over: boolean): void => {
		const block = end.encoder.encode(fields);
		if (chance.next() < 0.2 && block.length < 16_000) end.out.push(padded(stream, block, over, int(200)));
		else
			end.out.push(
				write.headersFrame(stream, block, {
					endStream: over,
					priority: chance.next() < 0.2 ? { dependsOn: int(9) * 2 + 1, exclusive: true, weight: 7 } : null,
					maxFrameSize: chance.next() < 0.3 ? 10 + int(60) : 16_384,
				}),
			);
	};
	const pick = (of: number[]): number | undefined => of[int(of.length)];
	const drop = (of: number[], stream: number): void => {
		if (of.includes(stream)) of.splice(of.indexOf(stream), 1);
	};
	const ask = (): void => {
		last += 2;
		const grpc = chance.next() < 0.3;
		const fields = list([
			[':method', grpc ? 'POST' : 'GET'],
			[':scheme', 'http'],
			[':path', `/${int(20)}`],
			['x-daruma-id', `r${last}`],
			...(grpc ? [['content-type', 'application/grpc'] as [string, string]] : []),
		]);
		const over = chance.next() < 0.4;
		asked.set(last, [text(fields)]);
		headers(client, last, fields, over);
		if (!over) requests.push(last);
	};
	const say = (): void => {
		const stream = pick(requests);
		if (stream === undefined) {
			ask();
			return;
		}
		const what = int(6);
		if (what === 0) {
			const fields = list([['x-trailer', `${int(5)}`]]);
			asked.get(stream)?.push(text(fields));
			headers(client, stream, fields, true);
			drop(requests, stream);
		} else if (what === 1) {
			client.out.push(write.rstStreamFrame(stream, 8));
			cancelled.add(stream);
			drop(requests, stream);
		} else if (what === 2)
			client.out.push(write.windowUpdateFrame(stream, 1 + int(100)), write.priorityFrame(stream, { dependsOn: 0, exclusive: false, weight: 9 }));
		else {
			const data = new Uint8Array(int(what === 3 ? 3000 : 40));
			const over = chance.next() < 0.3;
			const pad = int(50);
			client.out.push(what === 4 ? paddedData(stream, data, over, pad) : write.dataFrame(stream, data, over));
			sentFlow += data.length + (what === 4 ? pad + 1 : 0);
			sent.set(stream, (sent.get(stream) ?? 0) + data.length);
			if (over) drop(requests, stream);
		}
	};
	let known = 0;
	const reply = (): void => {
		for (; known < replica.fields.length; known++) {
			const { stream } = replica.fields[known] as { stream: number };
			if (!answers.has(stream)) {
				answers.set(stream, []);
				replies.push(stream);
			}
		}
		const stream = pick(replies);
		if (stream === undefined) return;
		const what = int(5);
		if (what <= 1) {
			const over = chance.next() < 0.4;
			const status: [string, string][] = what === 1 && !over ? [[':status', '103']] : [[':status', '200']];
			const fields = list([...status, ['grpc-status', '0']]);
			answers.get(stream)?.push(text(fields));
			headers(replica, stream, fields, over);
			if (over) drop(replies, stream);
		} else if (what === 2 && chance.next() < 0.3) {
			replica.out.push(write.rstStreamFrame(stream, 2));
			cancelled.add(stream);
			drop(replies, stream);
		} else replica.out.push(write.dataFrame(stream, new Uint8Array(int(2000))));
	};
	/** Some of what waits, in one cut; the reader's buffer is not ours afterwards. */
	const deliver = (from: End, to: (view: Uint8Array) => void, all = false): void => {
		const whole = Buffer.concat(from.out);
		const size = all ? whole.length : Math.min(whole.length, 1 + int(chance.next() < 0.5 ? 30 : 4000));
		if (whole.length === 0) return;
		from.out.length = 0;
		if (size < whole.length) from.out.push(new Uint8Array(whole.subarray(size)));
		const view = new Uint8Array(whole.subarray(0, size));
		to(view);
		view.fill(0xee);
	};
	const up = (view: Uint8Array): void => tap.fromClient(view);
	const down = (view: Uint8Array): void => tap.fromReplica(view);

	client.out.push(PREFACE);
	client.settings(sizes[int(4)] as number);
	replica.settings(sizes[int(4)] as number);
	for (let i = 0; i < steps; i++) {
		const what = int(100);
		if (what < 20) ask();
		else if (what < 40) say();
		else if (what < 60) reply();
		else if (what < 77) deliver(client, up);
		else if (what < 94) deliver(replica, down);
		else if (what === 94) client.settings(sizes[int(4)] as number);
		else if (what === 95) replica.settings(sizes[int(4)] as number);
		else if (what === 96) client.out.push(write.pingFrame(new Uint8Array(8)));
		else if (what === 97) replica.out.push(write.frameBytes(77, 0, 0, new Uint8Array(int(30))));
		else if (what === 98) fault = (['error', 'silence', 'reset'] as const)[int(3)] as Decision;
		else {
			fault = null;
			tap.released();
		}
	}
	fault = null;
	tap.released();
	for (const stream of requests.splice(0)) {
		client.out.push(write.dataFrame(stream, new Uint8Array(3), true));
		sentFlow += 3;
		sent.set(stream, (sent.get(stream) ?? 0) + 3);
	}
	// Acknowledgements are answered in turn.
	for (let i = 0; i < 4; i++) {
		deliver(client, up, true);
		deliver(replica, down, true);
	}

	const heard = (end: End): Map<number, string[]> => {
		const all = new Map<number, string[]>();
		for (const { stream, fields } of end.fields) all.set(stream, [...(all.get(stream) ?? []), text(fields)]);
		return all;
	};
	const atReplica = heard(replica);
	const atClient = heard(client);
	for (const [stream, lists] of asked) {
		if (consumed.has(stream)) t.false(replica.streams.has(stream), `${seed}: the replica heard of ${stream}`);
		else if (!cancelled.has(stream)) t.deepEqual(atReplica.get(stream), lists, `${seed}: request ${stream}`);
		else t.deepEqual(atReplica.get(stream)?.[0], lists[0], `${seed}: request ${stream}`);
	}
	for (const [stream, lists] of answers) t.deepEqual(atClient.get(stream) ?? [], lists, `${seed}: answer ${stream}`);
	for (const [stream, decision] of consumed) {
		if (cancelled.has(stream)) continue;
		if (decision === 'error') t.regex(atClient.get(stream)?.join('\n') ?? '', /^:status: (503|200\n[\s\S]*grpc-status: 14)/, `${seed}: ${stream}`);
		else t.is(client.resets.get(stream), 2, `${seed}: ${stream}`);
	}
	for (const [stream, bytes] of sent) if (!consumed.has(stream) && !cancelled.has(stream)) t.is(replica.data.get(stream), bytes, `${seed}: data of ${stream}`);
	t.is(client.credit, sentFlow - replica.flow, `${seed}: credit for what was withheld`);
	t.is(new Set(responses).size, responses.length);
	return { consumed: consumed.size, passed: asked.size - consumed.size };
};
