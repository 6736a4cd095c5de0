import type { Socket } from 'node:net';
import type { Event } from '../model/event.js';
import { Http1Parser } from '../wire/http1.js';
import type { Identity } from '../wire/request-id.js';
import { CONTINUE, madeUpAnswer } from './answer.js';
import type { DueHeap } from './due-heap.js';
import type { Decision, Exchange } from './exchange.js';
import { Link } from './link.js';
import { adopt, dial, returnBuffer } from './sockets.js';
import type { Stage } from './stage.js';

/** What a connection asks of its tap. */
export interface TapSide {
	readonly node: string;
	readonly life: number;
	readonly upstream: { host: string; port: number };
	readonly heap: DueHeap;
	readonly identity: Identity;
	/** A fault is on that may consume requests: a head must be whole before its first byte goes on. */
	readonly holdsHeads: boolean;
	/** Faults that silence whole connections, live or new. */
	readonly swallowsAll: boolean;
	/** Faults that silence some connections are still on. */
	readonly silences: boolean;
	admit(exchange: Exchange): void;
	decide(exchange: Exchange): Decision;
	stages(conn: number): { up: readonly Stage[]; down: readonly Stage[] };
	/** On disk when it returns. */
	record(event: Event): void;
	recordLater(event: Event): void;
	refused(): void;
	/** The request that it was waiting for has been handed to this link. */
	crash(passed: Link): void;
	gone(connection: TapConnection): void;
}

/** Requests in flight on one connection; whoever pipelines more is passed on unread. */
const PIPELINE = 4096;

const consumes = (exchange: Exchange): boolean => exchange.decision !== 'pass' && exchange.decision !== 'crash';

/** One client connection and the one to the replica behind it. Bytes pass as they are; two parsers follow beside them. */
export class TapConnection {
	readonly conn: number;
	private readonly tap: TapSide;
	private readonly client: Socket;
	private replica: Socket | null = null;
	private readonly up: Link;
	private readonly down: Link;
	private readonly requests: Http1Parser;
	private readonly responses: Http1Parser;
	/** Requests whose answer has not passed yet, oldest first. */
	private readonly open: Exchange[] = [];
	private current: Exchange | null = null;
	/** A head that is not whole yet, and may be consumed. */
	private held: Uint8Array[] = [];
	/** Part of the current head is already with the replica: too late to consume it. */
	private leaked = false;
	private swallowed = false;
	private muted = false;
	private dead = false;
	private told = false;

	constructor(tap: TapSide, conn: number, accepted: Socket) {
		this.tap = tap;
		this.conn = conn;
		this.up = new Link(tap.heap, () => this.reset());
		this.down = new Link(tap.heap, () => this.reset());
		this.requests = new Http1Parser(tap.identity.headers);
		this.responses = new Http1Parser([], () => this.open[0]?.head.method ?? '');
		this.client = adopt(accepted, (view) => this.fromClient(view));
		this.client.on('end', () => this.clientEnded());
		this.client.on('error', () => this.broken(this.up));
		this.client.on('close', () => {
			this.keepBuffer(this.client, this.up);
			this.closed();
		});
		this.restage();
		if (tap.swallowsAll) this.swallow();
		else this.connect();
	}

	/** A whole connection goes silent: what comes is read and forgotten, and nothing is said. */
	swallow(): void {
		if (this.dead || this.swallowed) return;
		this.swallowed = true;
		this.up.close();
		this.down.close();
		this.client.resume();
		this.replica?.resume();
	}
	/** A swallowed connection has lost bytes: it can only be closed. */
	release(): void {
		if (this.swallowed && !this.muted) this.destroy();
	}
	restage(): void {
		if (this.swallowed) return;
		const stages = this.tap.stages(this.conn);
		this.up.setStages(stages.up);
		this.down.setStages(stages.down);
	}
	/** Nothing is left to relay to the client. */
	get flushed(): boolean {
		return this.dead || this.swallowed || this.client.destroyed || (this.client.writableFinished && this.down.flushed);
	}
	reset(): void {
		if (this.dead) return;
		this.dead = true;
		this.client.resetAndDestroy();
		this.replica?.resetAndDestroy();
		this.shut();
	}
	destroy(): void {
		if (this.dead) return;
		this.dead = true;
		this.client.destroy();
		this.replica?.destroy();
		this.shut();
	}

	private connect(): void {
		const replica = dial(this.tap.upstream, (view) => this.fromReplica(view));
		let connected = false;
		this.replica = replica;
		this.up.join(this.client, replica);
		this.down.join(replica, this.client);
		replica.on('connect', () => {
			connected = true;
			this.client.resume();
		});
		replica.on('end', () => this.replicaEnded());
		replica.on('error', (error: NodeJS.ErrnoException) => {
			if (!connected && error.code === 'ECONNREFUSED') this.tap.refused();
			this.broken(this.down);
		});
		replica.on('close', () => {
			this.keepBuffer(replica, this.down);
			this.closed();
		});
	}

	private broken(link: Link): void {
		if (this.dead || this.swallowed) return;
		link.reset();
	}
	private closed(): void {
		if (this.swallowed && this.client.destroyed) this.destroy();
		if (this.dead || !this.client.destroyed || (this.replica && !this.replica.destroyed)) return;
		this.dead = true;
		this.shut();
	}
	private shut(): void {
		this.up.close();
		this.down.close();
		this.tap.gone(this);
	}
	private keepBuffer(from: Socket, link: Link): void {
		if (link.flushed) returnBuffer(from);
	}

	private clientEnded(): void {
		this.flushHeld();
		this.requests.finish();
		if (!this.swallowed) this.up.finish();
	}
	private replicaEnded(): void {
		// A body that lasts until the close has no message behind it.
		if (this.responses.finish() === 'end') {
			const exchange = this.open.shift();
			this.open.length = 0;
			if (exchange) this.respond(exchange, false);
		}
		if (!this.swallowed && !this.muted) this.down.finish();
	}

	private fromClient(view: Uint8Array): boolean {
		const parser = this.requests;
		let at = 0;
		let segment = 0;
		// view[passFrom…] has not been dealt with: it is passed on in as few writes as possible, or skipped over when it is consumed.
		let passFrom = 0;
		const passTo = (to: number): void => {
			if (passFrom < to && !this.swallowed) this.up.pass(view.subarray(passFrom, to));
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
			if (exchange.decision === 'crash') this.crash();
			else if (consumes(exchange)) this.consumed(exchange);
		} while ((at < view.length || parser.event !== 'none') && !this.dead);
		if (this.dead) return true;
		const insideHead = !parser.idle && !parser.opaque && this.current === null;
		if (insideHead && this.tap.holdsHeads && !this.leaked && !this.swallowed) {
			passTo(segment);
			// A slice of a Buffer would be a view of what the next read overwrites.
			this.held.push(Buffer.from(view.subarray(segment)));
			return this.up.open;
		}
		if (insideHead) {
			this.flushHeld();
			this.leaked = true;
		}
		passTo(view.length);
		return this.swallowed || this.up.open;
	}

	private opaqueRequests(): void {
		this.flushHeld();
		this.tellOpaque(this.requests.why);
		// What was consumed of a message cannot be given back, and its end cannot be found.
		if (this.current && consumes(this.current)) this.reset();
	}

	private tellOpaque(why: string): void {
		if (this.told) return;
		this.told = true;
		const { node, life, heap } = this.tap;
		this.tap.recordLater({ kind: 'opaque', t: heap.now(), node, conn: this.conn, life, why });
	}

	private flushHeld(): void {
		const held = this.held;
		this.held = [];
		if (!this.swallowed) for (const piece of held) this.up.pass(piece);
	}

	/** A head is whole: decide, and put the receipt on disk before anything of it moves on. */
	private begin(behind: Uint8Array): Exchange {
		const { head } = this.requests;
		const id = this.tap.identity.of(head.values, head.path, behind);
		const exchange: Exchange = { head, id, probe: id?.startsWith('probe-') ?? false, ordinal: 0, decision: 'pass', complete: false, status: 0 };
		this.tap.admit(exchange);
		exchange.decision = this.tap.decide(exchange);
		if (this.leaked && consumes(exchange)) exchange.decision = 'pass';
		this.leaked = false;
		this.current = exchange;
		this.open.push(exchange);
		if (this.open.length > PIPELINE) this.requests.lose('too many requests in flight on one connection');
		if (!exchange.probe) {
			const { node, life, heap } = this.tap;
			this.tap.record({ kind: 'receipt', t: heap.now(), id, node, method: head.method, path: head.path, conn: this.conn, life });
		}
		return exchange;
	}

	/** A client that waits for 100 before it sends the body of a request that we consume must hear it from us. */
	private interim(exchange: Exchange): void {
		if (exchange.decision !== 'silence' && exchange.head.expectContinue && this.open[0] === exchange) this.say(CONTINUE, exchange);
	}

	private consumed(exchange: Exchange): void {
		if (exchange.decision === 'reset') this.reset();
		else this.sayWhatIsDue();
	}

	/** Made-up answers keep their place among the real ones; so does silence, behind which nothing comes. */
	private sayWhatIsDue(): void {
		for (let next = this.open[0]; next && consumes(next) && next.complete && !this.swallowed; next = this.open[0]) {
			this.open.shift();
			if (next.decision === 'silence') {
				this.swallow();
				if (!this.tap.silences) this.destroy();
				return;
			}
			this.say(madeUpAnswer(next.head, next.status), next);
			this.respond(next, true);
			if (next.head.keepAlive) continue;
			this.down.finish();
			this.replica?.end();
			return;
		}
	}

	private say(bytes: Uint8Array, exchange: Exchange): void {
		this.down.message = exchange.ordinal;
		this.down.pass(bytes);
	}

	/** `t` is when its last byte was read, before it is passed on: later, and the client would seem to have had it first. */
	private respond(exchange: Exchange, injected: boolean, t = this.tap.heap.now()): void {
		if (exchange.probe) return;
		const { node, life } = this.tap;
		this.tap.recordLater({
			kind: 'response',
			t,
			id: exchange.id,
			node,
			status: exchange.status,
			conn: this.conn,
			life,
			...(injected && { injected }),
		});
	}

	private crash(): void {
		// The replica may answer before it dies: its answer must not get out.
		this.muted = true;
		this.tap.crash(this.up);
	}

	private fromReplica(view: Uint8Array): boolean {
		const parser = this.responses;
		const readMs = this.tap.heap.now();
		let passFrom = 0;
		let at = 0;
		const passTo = (to: number): void => {
			if (passFrom < to && !this.swallowed && !this.muted) this.down.pass(view.subarray(passFrom, to));
			passFrom = to;
		};
		do {
			at = parser.step(view, at, view.length);
			if (parser.event === 'head') {
				this.down.message = this.open[0]?.ordinal ?? -1;
				if (this.open[0]) this.open[0].status = parser.head.status;
			} else if (parser.event === 'end') {
				passTo(at);
				this.answered(readMs);
			} else if (parser.event === 'opaque') {
				passTo(at);
				this.lost(parser.why);
			}
		} while ((at < view.length || parser.event !== 'none') && !this.dead);
		if (this.dead) return true;
		passTo(view.length);
		return this.swallowed || this.muted || this.down.open;
	}

	private answered(readMs: number): void {
		const exchange = this.open.shift();
		if (!exchange) return;
		this.respond(exchange, false, readMs);
		this.sayWhatIsDue();
	}

	/** Neither direction can be followed any more. */
	private lost(why: string): void {
		this.down.message = -1;
		if (!this.requests.opaque) this.requests.lose(why);
		this.flushHeld();
		this.tellOpaque(why);
	}
}
