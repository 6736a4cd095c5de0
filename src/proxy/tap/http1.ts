import { type Http1Head, Http1Parser } from '../../wire/http1.js';
import { CONTINUE, madeUpAnswer } from '../answer.js';
import { consumes, type Exchange, isProbe } from './exchange.js';
import type { Carrier, TapProtocol } from './protocol.js';

/** Requests in flight on one connection; whoever pipelines more is passed on unread. */
const PIPELINE = 4096;

interface Http1Exchange extends Exchange {
	head: Http1Head;
}

/** HTTP/1.x at a tap: two parsers follow the bytes; made-up answers keep their place among the real ones. */
export class Http1Tap implements TapProtocol {
	private readonly carrier: Carrier;
	private readonly requests: Http1Parser;
	private readonly responses: Http1Parser;
	/** Requests whose answer has not passed yet, oldest first. */
	private readonly open: Http1Exchange[] = [];
	private current: Http1Exchange | null = null;
	/** A head that is not whole yet, and may be consumed. */
	private held: Uint8Array[] = [];
	/** Part of the current head is already with the replica: too late to consume it. */
	private leaked = false;

	constructor(carrier: Carrier) {
		this.carrier = carrier;
		this.requests = new Http1Parser(carrier.tap.identity.headers);
		this.responses = new Http1Parser([], () => this.open[0]?.head.method ?? '');
	}

	fromClient(view: Uint8Array): void {
		const { requests: parser, carrier } = this;
		let at = 0;
		let segment = 0;
		// view[passFrom…] has not been dealt with: it is passed on in as few writes as possible, or skipped over when it is consumed.
		let passFrom = 0;
		const passTo = (to: number): void => {
			if (passFrom < to && !carrier.swallowed) carrier.up.pass(view.subarray(passFrom, to));
			passFrom = to;
		};
		do {
			segment = at;
			at = parser.step(view, at, view.length);
			if (parser.event === 'head') {
				const exchange = this.begin(view.subarray(at));
				if (consumes(exchange)) {
					passTo(segment);
					this.held = [];
					this.interim(exchange);
				} else this.flushHeld();
			}
			const exchange = this.current;
			if (exchange && consumes(exchange)) passFrom = at;
			if (parser.event === 'opaque') this.opaqueRequests();
			if (parser.event !== 'end' || !exchange) continue;
			passTo(at);
			this.current = null;
			exchange.complete = true;
			// The replica may answer before it dies: its answer must not get out.
			if (exchange.decision === 'crash') carrier.crash();
			else if (consumes(exchange)) this.consumed(exchange);
		} while ((at < view.length || parser.event !== 'none') && !carrier.dead);
		if (carrier.dead) return;
		const insideHead = !parser.idle && !parser.opaque && this.current === null;
		if (insideHead && carrier.tap.holdsHeads && !this.leaked && !carrier.swallowed) {
			passTo(segment);
			// A slice of a Buffer would be a view of what the next read overwrites.
			this.held.push(Buffer.from(view.subarray(segment)));
			return;
		}
		if (insideHead) {
			this.flushHeld();
			this.leaked = true;
		}
		passTo(view.length);
	}

	fromReplica(view: Uint8Array): void {
		const { responses: parser, carrier } = this;
		const readMs = carrier.tap.heap.now();
		let passFrom = 0;
		let at = 0;
		const passTo = (to: number): void => {
			if (passFrom < to && !carrier.swallowed && !carrier.muted) carrier.down.pass(view.subarray(passFrom, to));
			passFrom = to;
		};
		do {
			at = parser.step(view, at, view.length);
			if (parser.event === 'head') {
				carrier.down.message = this.open[0]?.ordinal ?? -1;
				if (this.open[0]) this.open[0].status = parser.head.status;
			} else if (parser.event === 'end') {
				passTo(at);
				this.answered(readMs);
			} else if (parser.event === 'opaque') {
				passTo(at);
				this.lost(parser.why);
			}
		} while ((at < view.length || parser.event !== 'none') && !carrier.dead);
		if (!carrier.dead) passTo(view.length);
	}

	clientEnded(): void {
		this.flushHeld();
		this.requests.finish();
	}
	replicaEnded(): void {
		// A body that lasts until the close has no message behind it.
		if (this.responses.finish() !== 'end') return;
		const exchange = this.open.shift();
		this.open.length = 0;
		if (exchange) this.carrier.respond(exchange, false);
	}
	/** Too little for a whole head. */
	passedUp(view: Uint8Array): void {
		this.requests.step(view, 0, view.length);
		if (this.requests.opaque) this.opaqueRequests();
		this.leaked = true;
	}
	/** Kept only of a replica that did not begin as HTTP/1 does. */
	passedDown(): void {
		this.lost('the replica spoke first, and not HTTP/1');
	}
	/** What was silenced took the whole connection with it. */
	released(): void {}

	private opaqueRequests(): void {
		this.flushHeld();
		this.carrier.tellOpaque(this.requests.why);
		// What was consumed of a message cannot be given back, and its end cannot be found.
		if (this.current && consumes(this.current)) this.carrier.reset();
	}

	private flushHeld(): void {
		const held = this.held;
		this.held = [];
		if (!this.carrier.swallowed) for (const piece of held) this.carrier.up.pass(piece);
	}

	/** A head is whole: decide, and put the receipt on disk before anything of it moves on. */
	private begin(behind: Uint8Array): Http1Exchange {
		const { head } = this.requests;
		const { tap } = this.carrier;
		const id = tap.identity.of(head.values, head.path, behind);
		const exchange: Http1Exchange = {
			head,
			method: head.method,
			path: head.path,
			id,
			probe: isProbe(id),
			ordinal: 0,
			decision: 'pass',
			complete: false,
			status: 0,
			grpc: false,
			grpcStatus: null,
			stream: null,
		};
		tap.admit(exchange);
		exchange.decision = tap.decide(exchange);
		if (this.leaked && consumes(exchange)) exchange.decision = 'pass';
		this.leaked = false;
		this.current = exchange;
		this.open.push(exchange);
		if (this.open.length > PIPELINE) this.requests.lose('too many requests in flight on one connection');
		this.carrier.receipt(exchange);
		return exchange;
	}

	/** A client that waits for 100 before it sends the body of a request that we consume must hear it from us. */
	private interim(exchange: Http1Exchange): void {
		if (exchange.decision !== 'silence' && exchange.head.expectContinue && this.open[0] === exchange) this.say(CONTINUE, exchange);
	}

	private consumed(exchange: Http1Exchange): void {
		if (exchange.decision === 'reset') this.carrier.reset();
		else this.sayWhatIsDue();
	}

	/** Made-up answers keep their place among the real ones; so does silence, behind which nothing comes. */
	private sayWhatIsDue(): void {
		const { carrier } = this;
		for (let next = this.open[0]; next && consumes(next) && next.complete && !carrier.swallowed; next = this.open[0]) {
			this.open.shift();
			if (next.decision === 'silence') {
				carrier.swallow();
				if (!carrier.tap.silences) carrier.destroy();
				return;
			}
			this.say(madeUpAnswer(next.head, next.status), next);
			carrier.respond(next, true);
			if (next.head.keepAlive) continue;
			carrier.down.finish();
			carrier.endReplica();
			return;
		}
	}

	private say(bytes: Uint8Array, exchange: Http1Exchange): void {
		this.carrier.down.message = exchange.ordinal;
		this.carrier.down.pass(bytes);
	}

	private answered(readMs: number): void {
		const exchange = this.open.shift();
		if (!exchange) return;
		this.carrier.respond(exchange, false, readMs);
		this.sayWhatIsDue();
	}

	/** Neither direction can be followed any more. */
	private lost(why: string): void {
		this.carrier.down.message = -1;
		if (!this.requests.opaque) this.requests.lose(why);
		this.flushHeld();
		this.carrier.tellOpaque(why);
	}
}
