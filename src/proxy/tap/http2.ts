import { FrameCuts } from '../../wire/http2/cuts.js';
import { PREFACE } from '../../wire/http2/preface.js';
import { windowUpdateFrame } from '../../wire/http2/writer.js';
import { NO_MESSAGE } from './exchange.js';
import { endOf, interimOf } from './http2-answer.js';
import { type Http2Exchange, Http2Streams } from './http2-streams.js';
import type { Carrier, TapProtocol } from './protocol.js';

/**
 * HTTP/2 at a tap (h2c with prior knowledge, so gRPC). Bytes pass as they came, and are read beside. Of a request that
 * is consumed no frame goes on; what is said in the replica's stead goes between two whole frames of its own.
 *
 *      client ──frames──► cut ─► read, decide ─┬─ as they are ───────────────────────────────► replica
 *                                              ├─ header blocks, once one was withheld: anew ─►
 *                                              └─ of consumed streams: nowhere
 *      client ◄──── as they are ────┬──────────────────────────── read ◄─ cut ◄──frames─────── replica
 *             ◄── answer, RST, credit
 */
export class Http2Tap implements TapProtocol {
	private readonly carrier: Carrier;
	private readonly streams: Http2Streams;
	private readonly up = new FrameCuts(PREFACE.length);
	private readonly down = new FrameCuts();
	/** Of a head that is not whole yet, and may be consumed. */
	private held: Uint8Array[] = [];
	/** The frame of the client that is under way does not go on. */
	private withheld = false;
	/** Of the frame of the replica that is under way. */
	private message = NO_MESSAGE;
	private raw = false;

	constructor(carrier: Carrier) {
		this.carrier = carrier;
		this.streams = new Http2Streams(carrier);
	}

	fromClient(view: Uint8Array): void {
		const { carrier, up, streams } = this;
		// view[passFrom…] has not been dealt with: it is passed on in as few writes as possible, or skipped over when it is withheld.
		let passFrom = 0;
		const passTo = (to: number): void => {
			if (passFrom >= to) return;
			carrier.up.pass(view.subarray(passFrom, to));
			passFrom = to;
		};
		/** Where in these bytes the frame, or the header block, under way begins. */
		let unit = 0;
		for (let at = 0; at < view.length && !this.raw && !carrier.dead; ) {
			if (up.between) unit = at;
			const from = at;
			at = up.step(view, from, view.length);
			if (up.known && !up.block) this.withheld = this.isWithheld();
			const { withheld } = this;
			streams.readClient(view, from, at, withheld);
			if (streams.lost !== '') this.lose(streams.lost);
			else if (up.block ? up.whole : !up.undecided) {
				const { block } = streams;
				if (up.block ? block === 'pass' : !withheld) this.flushHeld();
				else {
					this.held = [];
					passTo(unit);
					passFrom = at;
					if (up.block && typeof block !== 'string') carrier.up.pass(block);
				}
				streams.leaked = false;
				if (up.whole) this.withheld = false;
			}
		}
		if (carrier.dead) return;
		if (!this.raw && up.undecided) {
			if (this.holds) {
				passTo(unit);
				this.held.push(Buffer.from(view.subarray(unit)));
				passFrom = view.length;
			} else {
				this.flushHeld();
				streams.leaked = true;
			}
		}
		passTo(view.length);
		this.settle();
	}

	fromReplica(view: Uint8Array): void {
		const { carrier, down, streams } = this;
		const t = carrier.tap.heap.now();
		let passFrom = 0;
		const passTo = (to: number): void => {
			if (passFrom < to && !carrier.muted) carrier.down.pass(view.subarray(passFrom, to));
			passFrom = Math.max(passFrom, to);
		};
		const shaped = carrier.down.shaped;
		let between = down.between ? 0 : -1;
		for (let at = 0; at < view.length && !this.raw; ) {
			const from = at;
			// What is before this frame belongs to another message.
			if (shaped && down.between) this.passAs(from, passTo);
			at = down.step(view, from, view.length);
			if (down.known) {
				this.message = streams.open.get(down.stream)?.ordinal ?? NO_MESSAGE;
			}
			streams.readReplica(view, from, at, t);
			if (streams.lost !== '') this.lose(streams.lost);
			else if (down.whole) between = at;
		}
		if (carrier.dead) return;
		if (between >= 0 && streams.owes && !this.raw) {
			this.passAs(between, passTo);
			this.speak();
		}
		this.passAs(view.length, passTo);
		this.settle();
	}

	passedUp(view: Uint8Array): void {
		for (let at = 0; at < view.length; ) {
			const from = at;
			at = this.up.step(view, from, view.length);
			this.streams.readClient(view, from, at, false);
		}
	}
	passedDown(view: Uint8Array): void {
		const t = this.carrier.tap.heap.now();
		for (let at = 0; at < view.length; ) {
			const from = at;
			at = this.down.step(view, from, view.length);
			this.streams.readReplica(view, from, at, t);
		}
		if (this.streams.lost !== '') this.lose(this.streams.lost);
	}

	clientEnded(): void {
		this.flushHeld();
	}
	replicaEnded(): void {}

	/** Silence ends with its fault: whoever still waits is told that there is nothing to wait for. */
	released(): void {
		for (const exchange of this.streams.open.values()) {
			if (exchange.decision !== 'silence') continue;
			exchange.decision = 'reset';
			exchange.complete = true;
			this.streams.due.push(exchange);
		}
		this.settle();
	}

	/** A head must be whole before its first byte goes on. */
	private get holds(): boolean {
		return this.streams.parted || (this.carrier.tap.holdsHeads && !this.streams.leaked && !this.carrier.swallowed);
	}

	/** To the replica, a consumed stream was never opened, and one that has ended is nothing to speak of: but its DATA would take of windows. */
	private isWithheld(): boolean {
		const { stream } = this.up;
		return this.streams.parted && stream % 2 === 1 && !this.streams.isShared(stream);
	}

	private flushHeld(): void {
		const { held } = this;
		this.held = [];
		for (const piece of held) this.carrier.up.pass(piece);
	}

	private passAs(to: number, passTo: (to: number) => void): void {
		this.carrier.down.message = this.message;
		passTo(to);
	}

	/** Bytes go on unread, but where the two sides no longer speak of the same tables. */
	private lose(why: string): void {
		this.raw = true;
		this.message = -1;
		this.carrier.tellOpaque(why);
		if (this.streams.parted) this.carrier.reset();
		else this.flushHeld();
	}

	/** What was read may call for something to be said: as soon as the replica is between two frames. */
	private settle(): void {
		const { streams, carrier } = this;
		if (this.raw) return;
		if (carrier.swallowed || carrier.muted) streams.forgive();
		else if (streams.owes && this.down.between) this.speak();
		if (!streams.crash) return;
		streams.crash = false;
		carrier.crash();
	}

	private speak(): void {
		const { streams } = this;
		if (this.carrier.swallowed || this.carrier.muted) return;
		const { due } = streams;
		streams.due = [];
		for (const exchange of due) this.end(exchange);
		for (const [stream, flow] of streams.credits) if (stream === 0 || streams.open.has(stream)) this.say(windowUpdateFrame(stream, flow), NO_MESSAGE);
		streams.credits.clear();
	}

	/** Calls of gRPC and tunnels may have no end before they are answered; any other request is read to its end first. */
	private end(exchange: Http2Exchange): void {
		const { open, owed, goneAt } = this.streams;
		const { stream, decision, ordinal } = exchange;
		if (open.get(stream) !== exchange || decision === 'silence') return;
		if (!exchange.complete && !exchange.grpc && exchange.method !== 'CONNECT') {
			if (exchange.expects) this.say(interimOf(stream, owed), ordinal);
			exchange.expects = false;
			return;
		}
		open.delete(stream);
		// The client was told that it will not be answered.
		if (stream > goneAt) return;
		for (const bytes of endOf(exchange, owed)) this.say(bytes, ordinal);
		if (decision === 'error') this.carrier.respond(exchange, true);
	}

	private say(bytes: Uint8Array, message: number): void {
		this.carrier.down.message = message;
		this.carrier.down.pass(bytes);
	}
}
