import type { Field } from '../../wire/hpack/field.js';
import { ERROR, type Frame, type Lost, MAX_STREAM, type Priority } from '../../wire/http2/frame.js';
import { frameBytes, SETTINGS_ACK } from '../../wire/http2/writer.js';
import type { Ends } from './conversation.js';
import { type Half, Hop } from './h2-hop.js';
import type { Stream } from './h2-stream.js';

export type Of<K extends Frame['kind']> = Extract<Frame, { kind: K }>;

/** A client that was told of larger tables before anybody could change it uses them, up to this. */
export const MAX_TABLE: number = 1024 * 1024;
/** On one connection, also of such that only one of the peers still knows. */
export const MAX_STREAMS = 10_000;
const PRIORITY_UPDATE = 0x10;

/** The two hops of one connection, and the streams that join them. */
export class Streams {
	readonly ends: Ends;
	readonly client: Hop = new Hop(true, (flow) => this.upstream.credit(0, flow));
	readonly upstream: Hop = new Hop(false, (flow) => this.client.credit(0, flow));
	readonly byClient: Map<number, Stream> = new Map();
	readonly byUpstream: Map<number, Stream> = new Map();
	/** The last number that the client has used, the next for the upstream, the last of a push; from `goneAt` on, the upstream takes no more. */
	lastClient = 0;
	nextUpstream = 1;
	lastPromised = 0;
	goneAt: number = MAX_STREAM;
	/** A request found that the upstream takes no more. */
	refused = false;
	/** Bytes of bodies that are read for a decision, and of header lists that wait. */
	undecided = 0;
	waiting = 0;
	/** An error of one of the peers ends the connection. */
	readonly lose: (who: 'client' | 'upstream', lost: Lost) => void;
	/** What was written goes out. */
	readonly flush: () => void;

	constructor(ends: Ends, lose: (who: 'client' | 'upstream', lost: Lost) => void, flush: () => void) {
		this.ends = ends;
		this.lose = lose;
		this.flush = flush;
	}

	/** Null: an error that ends the connection. */
	decode(hop: Hop, block: Uint8Array): { fields: readonly Field[]; tooLarge: boolean } | null {
		const decoded = hop.decoder.decode(block);
		if (decoded.ok) return decoded;
		this.lose(hop === this.client ? 'client' : 'upstream', { code: ERROR.compression, why: decoded.why });
		return null;
	}

	/** Never used by the client, as far as it has told. */
	idle(id: number): boolean {
		return id % 2 === 1 ? id > this.lastClient : id > this.lastPromised;
	}

	/** The stream that the upstream means; null: closed by now, or an error that ends the connection. */
	meant(id: number, what: string): Stream | null {
		const stream = this.byUpstream.get(id);
		if (stream) return stream;
		const never = id % 2 === 1 ? id >= this.nextUpstream : id > this.lastPromised;
		if (never) this.lose('upstream', { code: ERROR.protocol, why: `${what} of an idle stream` });
		return null;
	}

	pump(hop: Hop, stream: Stream): void {
		hop.pump(hop === this.client ? stream.toClient : stream.toUpstream);
		this.settle(stream);
	}

	settleHalf(half: Half, streams: Map<number, Stream>): void {
		const stream = streams.get(half.id);
		if (stream) this.settle(stream);
	}

	/** Behind every change of a stream: what is due once it has come this far. */
	settle(stream: Stream): void {
		const { plan } = stream;
		const passed = stream.toUpstream.id !== 0 && (stream.toUpstream.ended || stream.upstreamEnded);
		if (plan?.reset === 'passed' && passed && !stream.toClient.ended) this.client.reset(stream.toClient, ERROR.internal);
		// Answered before it was read to its end: the rest is not wanted (RFC 9113, 8.1).
		if (stream.consumed && stream.toClient.ended && !stream.clientEnded) this.tellReset(stream, plan?.answer ? ERROR.none : ERROR.internal);
		if (stream.toClient.ended && stream.mute && !plan?.hang) stream.clientEnded = true;
		if (stream.clientDone) {
			this.endDelay(stream);
			this.undecided -= stream.undecided;
			stream.undecided = 0;
			this.byClient.delete(stream.id);
		}
		if (stream.upstreamDone && stream.toUpstream.id !== 0) this.byUpstream.delete(stream.toUpstream.id);
	}

	endDelay(stream: Stream): void {
		this.ends.heap.cancel(stream.delay);
		stream.delay = null;
		this.waiting -= stream.weight;
		stream.weight = 0;
	}

	/** The upstream need not go on with it. */
	letGo(stream: Stream, code: number): void {
		if (stream.upstreamDone) return;
		this.upstream.reset(stream.toUpstream, code);
		stream.upstreamEnded = true;
	}

	resetBoth(stream: Stream, code: number): void {
		this.tellReset(stream, code);
		this.letGo(stream, code);
		this.settle(stream);
	}

	/** RST_STREAM to the client, also behind an END_STREAM. */
	tellReset(stream: Stream, code: number): void {
		if (!stream.clientDone) this.client.reset(stream.toClient, code);
		stream.clientEnded = true;
	}

	priority(priority: Priority, of: number): Priority {
		const on = this.byClient.get(priority.dependsOn)?.toUpstream.id ?? 0;
		return { ...priority, dependsOn: on === of ? 0 : on };
	}

	/** `by` has acknowledged what `whose` peer announced: from here on it holds. */
	acknowledged(whose: Hop, by: Hop): void {
		const { windowChange, toldTable } = whose.acknowledged();
		if (toldTable !== null) by.decoder.setTableLimit(Math.min(toldTable, MAX_TABLE));
		if (windowChange !== 0) {
			for (const stream of (whose === this.upstream ? this.byUpstream : this.byClient).values()) {
				const half = whose === this.upstream ? stream.toUpstream : stream.toClient;
				half.window += windowChange;
				if (windowChange > 0) this.pump(whose, stream);
			}
		}
		whose.write(SETTINGS_ACK);
	}

	/** Of extensions: passed on, with the stream's other number. */
	unknown({ type, flags, stream: id, payload }: Of<'unknown'>, to: Hop, streams: Map<number, Stream>, side: 'toClient' | 'toUpstream'): void {
		const other = (known: number): number => streams.get(known)?.[side].id ?? 0;
		if (id !== 0) {
			if (other(id) !== 0) to.write(frameBytes(type, flags, other(id), payload));
			return;
		}
		if (type !== PRIORITY_UPDATE || payload.length < 4) {
			to.write(frameBytes(type, flags, 0, payload));
			return;
		}
		// RFC 9218, 7.1: the payload begins with the number of a stream.
		const changed = new Uint8Array(payload);
		const view = new DataView(changed.buffer, changed.byteOffset);
		const named = other(view.getUint32(0) & MAX_STREAM);
		if (named === 0) return;
		view.setUint32(0, named);
		to.write(frameBytes(type, flags, 0, changed));
	}
}
