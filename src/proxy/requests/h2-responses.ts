import { ERROR, MAX_STREAM } from '../../wire/http2/frame.js';
import { goawayFrame, pushPromiseFrame, rstStreamFrame } from '../../wire/http2/writer.js';
import { changedFields, fieldOf } from './h2-fields.js';
import { Half } from './h2-hop.js';
import { Stream } from './h2-stream.js';
import { MAX_STREAMS, type Of, type Streams } from './h2-streams.js';

/** More than this an upstream can only have sent beyond its windows. */
const OVERRUN = 16 * 1024 * 1024;

/** What the upstream says of its streams. */
export class Responses {
	private readonly streams: Streams;

	constructor(streams: Streams) {
		this.streams = streams;
	}

	headers(frame: Of<'headers'>): void {
		const decoded = this.streams.decode(this.streams.upstream, frame.block);
		const stream = decoded && this.streams.meant(frame.stream, 'HEADERS');
		if (!stream || stream.upstreamEnded) return;
		const { fields, tooLarge } = decoded;
		stream.upstreamEnded = frame.endStream;
		if (tooLarge) {
			this.streams.resetBoth(stream, ERROR.internal);
			return;
		}
		const status = fieldOf(fields, ':status') ?? '';
		const interim = !frame.endStream && /^1\d\d$/.test(status);
		const change = interim || stream.answered ? undefined : stream.plan?.responseHeaders;
		if (!interim) stream.answered = true;
		if (!stream.mute && !(status === '100' && stream.continued))
			this.streams.client.send(stream.toClient, { kind: 'fields', fields: change ? changedFields(fields, change) : fields, end: frame.endStream });
		// It has done what it was asked for, and nobody listens.
		if (stream.mute && stream.clientDone && !interim) this.streams.letGo(stream, ERROR.cancel);
		this.streams.settle(stream);
	}

	data(frame: Of<'data'>): void {
		const { data, flow, endStream } = frame;
		const stream = this.streams.meant(frame.stream, 'DATA');
		if (!stream || stream.upstreamEnded) {
			this.streams.upstream.credit(0, flow);
			return;
		}
		stream.upstreamEnded = endStream;
		const lost = stream.mute || stream.toClient.ended;
		this.streams.upstream.credit(0, lost ? flow : flow - data.length);
		if (!endStream) this.streams.upstream.credit(frame.stream, lost ? flow : flow - data.length);
		if (lost) {
			this.streams.settle(stream);
			return;
		}
		const passed = Math.min(data.length, stream.left);
		stream.left -= passed;
		if (passed > 0 || data.length === 0)
			this.streams.client.send(stream.toClient, {
				kind: 'data',
				data: data.subarray(0, passed),
				end: endStream && passed === data.length,
				owed: 'none',
				madeUp: false,
			});
		if (passed < data.length) {
			this.streams.upstream.credit(0, data.length - passed);
			this.streams.client.send(stream.toClient, { kind: 'rst', code: ERROR.internal });
			stream.mute = true;
			this.streams.letGo(stream, ERROR.cancel);
		}
		if (this.streams.client.queued > OVERRUN) this.streams.lose('upstream', { code: ERROR.flowControl, why: 'more DATA than its windows allow' });
		this.streams.settle(stream);
	}

	reset(stream: Stream, code: number): void {
		const whole = stream.upstreamEnded;
		stream.upstreamEnded = true;
		this.streams.upstream.forget(stream.toUpstream);
		stream.toUpstream.ended = true;
		if (!stream.mute) {
			// Behind a whole answer it only says that the rest of the request is not wanted.
			if (whole && stream.toClient.queue.length > 0) this.streams.client.send(stream.toClient, { kind: 'rst', code });
			else this.streams.tellReset(stream, code);
		}
		this.streams.settle(stream);
	}

	promise(frame: Of<'pushPromise'>): void {
		const decoded = this.streams.decode(this.streams.upstream, frame.block);
		if (!decoded) return;
		const { promised } = frame;
		if (promised % 2 === 1 || promised <= this.streams.lastPromised) {
			this.streams.lose('upstream', { code: ERROR.protocol, why: 'a promise with a number of its own' });
			return;
		}
		this.streams.lastPromised = promised;
		const about = this.streams.byUpstream.get(frame.stream);
		if (!about || about.toClient.ended || about.mute || decoded.tooLarge || this.streams.byClient.size >= MAX_STREAMS) {
			this.streams.upstream.write(rstStreamFrame(promised, ERROR.cancel));
			return;
		}
		const stream = new Stream(promised, new Half(promised, this.streams.client.initialWindow), new Half(promised, 0));
		stream.clientEnded = true;
		stream.toUpstream.ended = true;
		this.streams.byClient.set(promised, stream);
		this.streams.byUpstream.set(promised, stream);
		this.streams.client.write(pushPromiseFrame(about.id, promised, this.streams.client.encoder.encode(decoded.fields)));
	}

	/** Its numbers are not the client's: what it will not answer must be told stream by stream where the client's order is another. */
	goesAway({ last, code, debug }: Of<'goaway'>): void {
		this.streams.goneAt = Math.min(this.streams.goneAt, last);
		let said = last;
		if (last !== MAX_STREAM) {
			said = 0;
			for (const stream of this.streams.byClient.values())
				if (stream.id % 2 === 1 && (stream.consumed || this.below(stream, last))) said = Math.max(said, stream.id);
			// All that were passed on and are done lie below it, as far as anybody knows.
			if (last >= this.streams.nextUpstream - 2) said = Math.max(said, this.streams.lastClient);
			for (const stream of [...this.streams.byClient.values()]) {
				if (stream.id % 2 === 0 || stream.id > said || stream.consumed || this.below(stream, last)) continue;
				this.streams.upstream.forget(stream.toUpstream);
				stream.toUpstream.ended = true;
				stream.upstreamEnded = true;
				this.streams.tellReset(stream, ERROR.refusedStream);
				this.streams.settle(stream);
			}
		}
		this.streams.client.write(goawayFrame(said, code, debug));
	}

	private below(stream: Stream, last: number): boolean {
		return stream.toUpstream.id !== 0 && stream.toUpstream.id <= last;
	}
}
