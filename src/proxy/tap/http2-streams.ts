import { fieldOf, grpcStatusOf } from '../../wire/grpc.js';
import { HpackEncoder } from '../../wire/hpack/encoder.js';
import type { Field } from '../../wire/hpack/field.js';
import { type Frame, MAX_STREAM, SETTING, type Setting } from '../../wire/http2/frame.js';
import { FrameParser } from '../../wire/http2/parser.js';
import { headersFrame } from '../../wire/http2/writer.js';
import { consumes, type Exchange, isProbe } from './exchange.js';
import { MAX_LIST, Table } from './http2-tables.js';
import type { Carrier } from './protocol.js';

type Of<K extends Frame['kind']> = Extract<Frame, { kind: K }>;
/** Open at once on one connection; whoever opens more is passed on unread. */
const MAX_OPEN = 10_000;

export interface Http2Exchange extends Exchange {
	stream: number;
	/** The replica has said all that it has to say. */
	answered: boolean;
	/** Waits for 100 before it sends its body. */
	expects: boolean;
}

const isGrpc = (fields: readonly Field[]): boolean => /^application\/grpc(?!-)/i.test(fieldOf(fields, 'content-type'));
const countOf = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);

/** What both sides of an HTTP/2 connection say of its streams: read beside the bytes, decided, and put into the history. */
export class Http2Streams {
	/** Whatever is not in it has ended or was consumed. */
	readonly open = new Map<number, Http2Exchange>();
	/** Consumed requests of which something was read: something may have to be said. */
	due: Http2Exchange[] = [];
	/** The request of which the replica is to die has been read. */
	crash = false;
	/** DATA that was withheld, by stream (0: of the connection): the client is to get as much credit. */
	readonly credits = new Map<number, number>();
	/** What becomes of the header block that was read last: as it is, nothing, or these frames instead. */
	block: 'pass' | 'drop' | Uint8Array = 'pass';
	/** Part of the current block is already with the replica: too late to consume it. */
	leaked = false;
	/** The replica has sent its SETTINGS, before which nothing may be said to the client. */
	greeted = false;
	/** The replica will answer no stream above. */
	goneAt: number = MAX_STREAM;
	/** Why it cannot be followed any more; '' while it can. */
	lost = '';
	/**
	 * From the first consumed request on, blocks are written anew for the replica: what the client's encoder put into the
	 * table with that request never came there. Ours uses no table.
	 */
	private encoder: HpackEncoder | null = null;
	private lastStream = 0;
	private readonly fromClient = new FrameParser({ preface: true, maxBlock: MAX_LIST });
	private readonly fromReplica = new FrameParser({ maxBlock: MAX_LIST });
	private readonly requests = new Table();
	private readonly responses = new Table();
	private readonly carrier: Carrier;

	constructor(carrier: Carrier) {
		this.carrier = carrier;
	}

	/** The two sides no longer speak of the same streams and tables: bytes cannot be passed on unread again. */
	get parted(): boolean {
		return this.encoder !== null;
	}
	/** The replica has heard of this stream of the client, and it has not ended. */
	isShared(stream: number): boolean {
		const exchange = this.open.get(stream);
		return exchange !== undefined && !consumes(exchange);
	}
	/** There is something to be said to the client, and it may be. */
	get owes(): boolean {
		return this.greeted && (this.due.length > 0 || this.credits.size > 0);
	}
	/** Nothing will be said. */
	forgive(): void {
		this.due = [];
		this.credits.clear();
	}
	/** What the replica's next block owes the client's decoder. */
	get owed(): number | null {
		return this.responses.decoder.owes;
	}

	/** `withheld`: these bytes do not go on. */
	readClient(view: Uint8Array, from: number, to: number, withheld: boolean): void {
		const parser = this.fromClient;
		for (let at = from; at < to && this.lost === ''; ) {
			at = parser.step(view, at, to);
			if (parser.lost) this.lost ||= parser.lost.why;
			else if (parser.frame) this.ofClient(parser.frame, withheld);
		}
	}
	/** `t`: when it was read. */
	readReplica(view: Uint8Array, from: number, to: number, t: number): void {
		const parser = this.fromReplica;
		for (let at = from; at < to && this.lost === ''; ) {
			at = parser.step(view, at, to);
			if (parser.lost) this.lost ||= parser.lost.why;
			else if (parser.frame) this.ofReplica(parser.frame, t);
		}
	}

	private ofClient(frame: Frame, withheld: boolean): void {
		switch (frame.kind) {
			case 'headers':
				this.requestHeaders(frame);
				return;
			case 'data':
				this.requestData(frame, withheld);
				return;
			case 'rstStream':
				this.open.delete(frame.stream);
				return;
			case 'settings':
				if (frame.ack) this.requests.acknowledged();
				else this.settings(frame.settings, this.responses, this.fromReplica);
				return;
			case 'pushPromise':
				this.lost ||= 'a PUSH_PROMISE of the client';
		}
	}

	private ofReplica(frame: Frame, t: number): void {
		switch (frame.kind) {
			case 'headers':
				this.responseHeaders(frame, t);
				return;
			case 'data':
				if (frame.endStream) this.answered(this.open.get(frame.stream), t);
				return;
			case 'rstStream':
				this.open.delete(frame.stream);
				return;
			case 'settings':
				if (frame.ack) this.responses.acknowledged();
				else this.settings(frame.settings, this.requests, this.fromClient);
				this.greeted = true;
				return;
			case 'pushPromise':
				this.decode(this.responses, frame.block);
				return;
			case 'goaway':
				this.goneAt = Math.min(this.goneAt, frame.last);
		}
	}

	/** `told` is the parser of whoever is told these. */
	private settings(settings: readonly Setting[], table: Table, told: FrameParser): void {
		if (!table.announced(settings)) this.lost ||= 'a flood of SETTINGS';
		for (const [id, value] of settings) if (id === SETTING.maxFrameSize) told.maxFrameSize = Math.max(told.maxFrameSize, value);
	}

	private decode({ decoder }: Table, block: Uint8Array): readonly Field[] {
		const decoded = decoder.decode(block);
		if (decoded.ok && !decoded.tooLarge) return decoded.fields;
		this.lost ||= decoded.ok ? 'a header list that is too long' : decoded.why;
		return [];
	}

	private requestHeaders(frame: Of<'headers'>): void {
		const fields = this.decode(this.requests, frame.block);
		if (this.lost !== '') return;
		let exchange = this.open.get(frame.stream);
		if (exchange) {
			if (frame.endStream) this.complete(exchange);
		} else if (frame.stream % 2 === 1 && frame.stream > this.lastStream) exchange = this.begin(frame, fields);
		const known = exchange !== undefined;
		if (exchange && consumes(exchange)) this.encoder ??= new HpackEncoder({ tableSize: 0 });
		if (!this.encoder) this.block = 'pass';
		else if (!known || (exchange && consumes(exchange))) this.block = 'drop';
		else this.block = headersFrame(frame.stream, this.encoder.encode(fields), { endStream: frame.endStream, priority: frame.priority });
	}

	/** A head is whole: decide, and put the receipt on disk before anything of it moves on. */
	private begin({ stream, endStream }: Of<'headers'>, fields: readonly Field[]): Http2Exchange {
		const { tap } = this.carrier;
		this.lastStream = stream;
		const { identity } = tap;
		const path = fieldOf(fields, ':path');
		const id = identity.of(
			identity.headers.map((name) => fieldOf(fields, name) || null),
			path,
		);
		const exchange: Http2Exchange = {
			method: fieldOf(fields, ':method'),
			path: path || fieldOf(fields, ':authority'),
			id,
			probe: isProbe(id),
			ordinal: 0,
			decision: 'pass',
			complete: false,
			status: 0,
			grpc: isGrpc(fields),
			grpcStatus: null,
			stream,
			answered: false,
			expects: /^100-continue$/i.test(fieldOf(fields, 'expect')),
		};
		tap.admit(exchange);
		exchange.decision = tap.decide(exchange);
		if (this.leaked && consumes(exchange)) {
			exchange.decision = 'pass';
			exchange.status = 0;
			exchange.grpcStatus = null;
		}
		this.open.set(stream, exchange);
		if (this.open.size > MAX_OPEN) this.lost ||= 'too many streams open on one connection';
		this.carrier.receipt(exchange, countOf(fieldOf(fields, 'grpc-previous-rpc-attempts')));
		if (consumes(exchange)) this.due.push(exchange);
		if (endStream) this.complete(exchange);
		return exchange;
	}

	private requestData(frame: Of<'data'>, withheld: boolean): void {
		const exchange = this.open.get(frame.stream);
		if (withheld) {
			this.credit(0, frame.flow);
			if (exchange && !frame.endStream) this.credit(frame.stream, frame.flow);
		}
		if (!exchange) return;
		if (frame.endStream) this.complete(exchange);
		// A call that streams may have no end before it is answered: its first message is enough to die of.
		else if (exchange.decision === 'crash' && exchange.grpc && frame.rest === 0 && frame.flow > 0) this.crash = true;
	}
	private credit(stream: number, flow: number): void {
		if (flow > 0) this.credits.set(stream, (this.credits.get(stream) ?? 0) + flow);
	}

	/** The client has said all of it. */
	private complete(exchange: Http2Exchange): void {
		exchange.complete = true;
		if (exchange.decision === 'crash') this.crash = true;
		else if (consumes(exchange)) this.due.push(exchange);
		else if (exchange.answered) this.open.delete(exchange.stream);
	}

	private responseHeaders(frame: Of<'headers'>, t: number): void {
		const fields = this.decode(this.responses, frame.block);
		const exchange = this.open.get(frame.stream);
		if (!exchange || consumes(exchange)) return;
		const status = Number(fieldOf(fields, ':status'));
		// Of a trailer there is none, and an interim answer is none yet.
		if (status >= 200) exchange.status = status;
		exchange.grpcStatus = grpcStatusOf(fields) ?? exchange.grpcStatus;
		if (frame.endStream) this.answered(exchange, t);
	}

	private answered(exchange: Http2Exchange | undefined, t: number): void {
		if (!exchange || exchange.answered || consumes(exchange)) return;
		exchange.answered = true;
		this.carrier.respond(exchange, false, t);
		if (exchange.complete) this.open.delete(exchange.stream);
	}
}
