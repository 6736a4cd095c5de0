import { ERROR, type Frame, type Lost, SETTING } from '../../wire/http2/frame.js';
import { PREFACE } from '../../wire/http2/preface.js';
import { goawayFrame, pingFrame, priorityFrame, settingsFrame } from '../../wire/http2/writer.js';
import type { Conversation, Converse, Ends } from './conversation.js';
import type { Hop } from './h2-hop.js';
import { Requests } from './h2-requests.js';
import { Responses } from './h2-responses.js';
import { MAX_TABLE, type Of, Streams } from './h2-streams.js';
import { Windows } from './h2-windows.js';

/** Held for one connection on its way to the upstream, then the client must wait. */
const LIMIT = 4 * 1024 * 1024;
/** What the client has not taken of made-up answers, then it must wait. */
const UNTAKEN = 65_536;
/** Above any greeting: SETTINGS and a WINDOW_UPDATE. */
const EARLY = 65_536;

/**
 * HTTP/2 (RFC 9113): a hop with the client and a hop with the upstream, each with tables, windows and stream numbers of
 * its own; frames are read on one and written on the other. Settings, pings and their answers pass, so that the peers
 * agree with one another rather than with what stands between.
 *
 *      client ──frames──► client.parser ──► stream ──► upstream.send ──► upstream
 *      client ◄── client.send ◄── stream ◄── upstream.parser ◄──frames── upstream
 */
export class Http2Conversation implements Conversation {
	private readonly ends: Ends;
	private readonly client: Hop;
	private readonly upstream: Hop;
	private readonly streams: Streams;
	private readonly requests: Requests;
	private readonly responses: Responses;
	private readonly windows: Windows;
	/** What the client said until its SETTINGS were whole; null from then on. Until then bytes pass as they came, in both directions. */
	private opening: Uint8Array[] | null = [];
	/** A frame of the upstream that had begun to pass as it came. */
	private tail = false;
	/** The client has got the upstream's SETTINGS, before which nothing may be said to it. */
	private greeted = false;
	private raw = false;
	private over = false;
	private choked = false;
	/** The client has closed: so is the upstream, once nothing waits any more. */
	private fin = false;
	/** There is no upstream: the client is served from here as long as no request needs one. */
	private alone = false;

	constructor(ends: Ends, early: Uint8Array) {
		this.ends = ends;
		this.streams = new Streams(
			ends,
			(who, lost) => this.lose(who, lost),
			() => this.flush(),
		);
		this.client = this.streams.client;
		this.upstream = this.streams.upstream;
		this.requests = new Requests(this.streams);
		this.responses = new Responses(this.streams);
		this.windows = new Windows(this.streams);
		// Of so much, the end may not have been kept.
		if (early.length >= EARLY) this.goRaw('the upstream spoke first, and long');
		else this.readEarly(early);
	}

	get excess(): number {
		if (this.over || this.raw) return 0;
		return Math.max(0, this.upstream.queued + this.streams.waiting - LIMIT) + Math.max(0, this.client.held - UNTAKEN);
	}

	fromClient(view: Uint8Array): void {
		if (this.raw) this.ends.toUpstream(view);
		if (this.raw || this.over) return;
		this.opening?.push(view);
		const { parser } = this.client;
		for (let at = 0; at < view.length && !this.over && !this.raw; ) {
			at = parser.step(view, at, view.length);
			if (parser.lost) this.lose('client', parser.lost);
			else if (parser.frame) this.readClient(parser.frame);
		}
		// What was kept of a beginning is the reader's again behind this call.
		if (this.opening) this.opening = this.opening.map((piece) => (piece === view ? new Uint8Array(view) : piece));
		this.flush();
	}

	fromUpstream(view: Uint8Array): void {
		if (this.over) return;
		if (this.raw || this.opening) {
			if (!this.raw) this.readEarly(view);
			this.ends.toClient(view);
			return;
		}
		const { parser } = this.upstream;
		for (let at = 0; at < view.length && !this.over; ) {
			const from = at;
			at = parser.step(view, at, view.length);
			if (parser.lost) this.lose('upstream', parser.lost);
			else if (this.tail) {
				this.ends.toClient(view.subarray(from, at));
				if (parser.frame) this.noteEarly(parser.frame);
				this.tail = !parser.idle;
			} else if (parser.frame) this.readUpstream(parser.frame);
		}
		this.flush();
	}

	clientEnded(): void {
		this.fin = true;
		this.flush();
	}
	upstreamEnded(): void {
		this.flush(true);
		this.ends.endClient();
	}
	resumed(): void {
		this.flush();
	}
	unreached(): boolean {
		if (this.over || this.raw || this.opening || this.greeted || this.streams.nextUpstream > 1 || !this.ends.desk.answers) return false;
		this.alone = true;
		this.streams.goneAt = 0;
		while (this.client.unacknowledged) this.streams.acknowledged(this.client, this.upstream);
		this.client.writeFirst(settingsFrame([]));
		this.greeted = true;
		this.flush();
		return true;
	}

	close(): void {
		if (this.over) return;
		this.over = true;
		if (this.opening) for (const piece of this.opening) this.ends.toUpstream(piece);
		this.opening = null;
		for (const stream of this.streams.byClient.values()) this.ends.heap.cancel(stream.delay);
		this.streams.byClient.clear();
		this.streams.byUpstream.clear();
	}

	/** What the upstream says before the client's SETTINGS passes as it is: it is only looked at. */
	private readEarly(view: Uint8Array): void {
		const { parser } = this.upstream;
		for (let at = 0; at < view.length && !parser.lost; ) {
			at = parser.step(view, at, view.length);
			if (parser.frame) this.noteEarly(parser.frame);
		}
		if (parser.lost) this.goRaw(parser.lost.why);
	}
	private noteEarly(frame: Frame): void {
		if (frame.kind === 'windowUpdate' && frame.stream === 0) this.upstream.window += frame.increment;
		else if (frame.kind === 'goaway') this.streams.goneAt = Math.min(this.streams.goneAt, frame.last);
		else if (frame.kind === 'settings' && !frame.ack) {
			this.greeted = true;
			this.upstream.announced(frame.settings, true);
			for (const [id, value] of frame.settings) {
				if (id === SETTING.maxFrameSize) this.client.parser.maxFrameSize = Math.max(this.client.parser.maxFrameSize, value);
				if (id === SETTING.headerTableSize && value > 4096) this.client.decoder.setTableLimit(Math.min(value, MAX_TABLE));
			}
		}
	}

	private goRaw(why: string): void {
		if (this.raw) return;
		this.raw = true;
		this.ends.opaque(why);
		for (const piece of this.opening ?? []) this.ends.toUpstream(piece);
		this.opening = null;
	}

	/** While nothing was changed, the bytes go on as they are; later, the peers no longer speak of the same streams and tables. */
	private lose(who: 'client' | 'upstream', { code, why }: Lost): void {
		if (this.opening) {
			this.goRaw(why);
			return;
		}
		this.ends.opaque(`${why}, of the ${who}: closed with GOAWAY`);
		if (!this.greeted) this.client.writeFirst(settingsFrame([]));
		this.client.write(goawayFrame(this.streams.lastClient, who === 'client' ? code : ERROR.internal));
		this.upstream.write(goawayFrame(this.streams.lastPromised, who === 'upstream' ? code : ERROR.none));
		this.greeted = true;
		this.tail = false;
		this.flush(true);
		this.close();
		this.ends.endUpstream();
		this.ends.endClient();
	}

	/** Everything that was written goes out, in one piece each way; to a client that takes no more only as the `last` of all. */
	private flush(last = false): void {
		if (this.over) return;
		if (this.raw || this.opening) {
			this.passFin();
			return;
		}
		const up = this.upstream.take();
		if (up && !this.alone) this.ends.toUpstream(up);
		if (this.over) return;
		const leaves = this.alone && this.streams.refused;
		if (leaves) this.client.write(goawayFrame(this.streams.lastClient, ERROR.none));
		if (!this.greeted || this.tail || !(this.ends.clientReady || last || leaves)) this.client.keep();
		else {
			const down = this.client.take();
			if (down) this.ends.toClient(down);
		}
		if (this.over) return;
		if (leaves) {
			this.close();
			this.ends.endClient();
			return;
		}
		const { choked } = this;
		this.choked = this.excess > 0;
		if (choked && !this.choked) this.ends.drained();
		this.passFin();
	}
	private passFin(): void {
		if (!this.fin || this.streams.waiting > 0 || this.upstream.queued > 0) return;
		this.fin = false;
		this.ends.endUpstream();
	}

	private readClient(frame: Frame): void {
		switch (frame.kind) {
			case 'settings':
				if (!frame.ack) this.settings(frame, this.client, this.upstream);
				else if (!this.alone) this.streams.acknowledged(this.upstream, this.client);
				if (this.alone && !frame.ack) this.streams.acknowledged(this.client, this.upstream);
				return;
			case 'headers':
				this.requests.headers(frame);
				return;
			case 'data':
				this.requests.data(frame);
				return;
			case 'rstStream': {
				const stream = this.streams.byClient.get(frame.stream);
				if (stream) this.requests.reset(stream, frame.code);
				else if (this.streams.idle(frame.stream)) this.lose('client', { code: ERROR.protocol, why: 'RST_STREAM of an idle stream' });
				return;
			}
			case 'windowUpdate':
				this.windows.ofClient(frame);
				return;
			case 'ping':
				if (this.alone && !frame.ack) this.client.write(pingFrame(frame.data, true));
				this.upstream.write(pingFrame(frame.data, frame.ack));
				return;
			case 'goaway':
				this.upstream.write(goawayFrame(frame.last, frame.code, frame.debug));
				return;
			case 'priority': {
				const id = this.streams.byClient.get(frame.stream)?.toUpstream.id ?? 0;
				if (id !== 0) this.upstream.write(priorityFrame(id, this.streams.priority(frame.priority, id)));
				return;
			}
			case 'pushPromise':
				this.lose('client', { code: ERROR.protocol, why: 'PUSH_PROMISE' });
				return;
			case 'unknown':
				this.streams.unknown(frame, this.upstream, this.streams.byClient, 'toUpstream');
				return;
			case 'preface':
		}
	}

	/** Settings pass, but for the size of tables, which is each hop's own. */
	private settings(frame: Of<'settings'>, from: Hop, to: Hop): void {
		if (!from.announced(frame.settings, false)) {
			this.lose(from === this.client ? 'client' : 'upstream', { code: ERROR.enhanceYourCalm, why: 'a flood of SETTINGS' });
			return;
		}
		if (this.opening) {
			this.opening = null;
			this.tail = !this.upstream.parser.idle;
			to.write(PREFACE);
		}
		for (const [id, value] of frame.settings) if (id === SETTING.maxFrameSize) to.parser.maxFrameSize = Math.max(to.parser.maxFrameSize, value);
		const passed = settingsFrame(frame.settings.filter(([id]) => id !== SETTING.headerTableSize));
		if (from === this.client || this.greeted) to.write(passed);
		else to.writeFirst(passed);
		this.greeted ||= from === this.upstream;
	}

	private readUpstream(frame: Frame): void {
		switch (frame.kind) {
			case 'settings':
				if (frame.ack) this.streams.acknowledged(this.client, this.upstream);
				else this.settings(frame, this.upstream, this.client);
				return;
			case 'headers':
				this.responses.headers(frame);
				return;
			case 'data':
				this.responses.data(frame);
				return;
			case 'rstStream': {
				const stream = this.streams.byUpstream.get(frame.stream);
				if (stream) this.responses.reset(stream, frame.code);
				return;
			}
			case 'windowUpdate':
				this.windows.ofUpstream(frame);
				return;
			case 'ping':
				this.client.write(pingFrame(frame.data, frame.ack));
				return;
			case 'goaway':
				this.responses.goesAway(frame);
				return;
			case 'priority': {
				const id = this.streams.byUpstream.get(frame.stream)?.id ?? 0;
				if (id !== 0) this.client.write(priorityFrame(id, { ...frame.priority, dependsOn: this.streams.byUpstream.get(frame.priority.dependsOn)?.id ?? 0 }));
				return;
			}
			case 'pushPromise':
				this.responses.promise(frame);
				return;
			case 'unknown':
				this.streams.unknown(frame, this.client, this.streams.byUpstream, 'toClient');
				return;
			case 'preface':
		}
	}
}

export const http2: Converse = (ends, early) => new Http2Conversation(ends, early);
