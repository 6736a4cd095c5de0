import type { Socket } from 'node:net';
import { beginsHttp2 } from '../../wire/http2/preface.js';
import { Link } from '../link.js';
import { PartitionGate } from '../partition-gate.js';
import { adopt, dial, returnBuffer } from '../sockets.js';
import type { Exchange } from './exchange.js';
import { Http1Tap } from './http1.js';
import { Http2Tap } from './http2.js';
import type { Carrier, TapProtocol, TapSide } from './protocol.js';

const NOTHING: Uint8Array = new Uint8Array(0);
/** Of a replica that speaks first, so much is kept for whoever will follow it. */
const EARLY = 65_536;

/** A copy: a slice of a Buffer would be a view of what the next read overwrites. */
const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => Buffer.concat([a, b]);

/**
 * One client connection and the one to the replica behind it. Bytes pass as they are; a protocol follows beside them,
 * chosen by the client's first bytes: the preface of HTTP/2, or else HTTP/1.
 */
export class TapConnection implements Carrier {
	readonly tap: TapSide<TapConnection>;
	readonly up: Link;
	readonly down: Link;
	swallowed = false;
	muted = false;
	dead = false;
	private readonly conn: number;
	private readonly client: Socket;
	private replica: Socket | null = null;
	private protocol: TapProtocol | null = null;
	/** What both sides said before the protocol was known, and how much of the client's has been passed on; all of the replica's has. */
	private early = NOTHING;
	private earlyPassed = 0;
	private earlyDown = NOTHING;
	private told = false;
	/** It came during a partition: the replica must not hear of it before it heals. */
	private undialled = false;
	private readonly clientGate = new PartitionGate({
		read: (view) => this.fromClient(view),
		end: () => this.clientEnded(),
		error: () => this.broken(this.up),
	});
	private readonly replicaGate = new PartitionGate({
		read: (view) => this.fromReplica(view),
		end: () => this.replicaEnded(),
		error: () => this.broken(this.down),
	});

	constructor(tap: TapSide<TapConnection>, conn: number, accepted: Socket) {
		this.tap = tap;
		this.conn = conn;
		this.up = new Link(tap.heap, () => this.reset());
		this.down = new Link(tap.heap, () => this.reset());
		this.client = adopt(accepted, this.clientGate.read);
		this.client.on('end', () => this.clientGate.end());
		this.client.on('error', () => this.clientGate.error());
		this.client.on('close', () => {
			this.keepBuffer(this.client, this.up);
			this.closed();
		});
		this.restage();
		if (tap.swallowsAll) this.swallow();
		else if (tap.partition) this.undialled = true;
		else this.connect();
	}

	/** The network begins or ceases to lose what goes `in` or `out`. */
	cutOff(direction: 'both' | 'in' | 'out' | null): void {
		if (direction) {
			if (direction !== 'out') this.clientGate.close();
			if (direction !== 'in') this.replicaGate.close();
			return;
		}
		if (this.undialled) {
			this.undialled = false;
			this.connect();
			return;
		}
		if (this.clientGate.open()) this.client.resume();
		if (this.replicaGate.open()) this.replica?.resume();
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
		else this.protocol?.released();
	}
	restage(): void {
		if (this.swallowed) return;
		const stages = this.tap.stages(this.conn);
		this.up.setStages(stages.up);
		this.down.setStages(stages.down);
	}
	/** Nothing is left to relay to the client. */
	get flushed(): boolean {
		return this.dead || this.swallowed || this.undialled || this.client.destroyed || (this.client.writableFinished && this.down.flushed);
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
	crash(): void {
		this.muted = true;
		this.tap.crash(this.up);
	}
	endReplica(): void {
		this.replica?.end();
	}

	tellOpaque(why: string): void {
		if (this.told) return;
		this.told = true;
		const { node, life, heap } = this.tap;
		this.tap.recordLater({ kind: 'opaque', t: heap.now(), node, conn: this.conn, life, why });
	}
	receipt({ id, method, path, probe, stream }: Exchange, previousAttempts?: number): void {
		if (probe) return;
		const { node, life, heap } = this.tap;
		this.tap.record({
			kind: 'receipt',
			t: heap.now(),
			id,
			node,
			method,
			path,
			conn: this.conn,
			life,
			...(stream !== null && { stream }),
			...(previousAttempts !== undefined && { previousAttempts }),
		});
	}
	respond({ id, status, grpcStatus, probe, stream }: Exchange, injected: boolean, t: number = this.tap.heap.now()): void {
		if (probe) return;
		const { node, life } = this.tap;
		this.tap.recordLater({
			kind: 'response',
			t,
			id,
			node,
			status,
			...(grpcStatus !== null && { grpcStatus }),
			conn: this.conn,
			life,
			...(stream !== null && { stream }),
			...(injected && { injected }),
		});
	}

	private connect(): void {
		const replica = dial(this.tap.upstream, this.replicaGate.read);
		let connected = false;
		this.replica = replica;
		this.up.join(this.client, replica);
		this.down.join(replica, this.client);
		replica.on('connect', () => {
			connected = true;
			this.client.resume();
		});
		replica.on('end', () => this.replicaGate.end());
		replica.on('error', (error: NodeJS.ErrnoException) => {
			if (!connected && error.code === 'ECONNREFUSED') this.tap.refused();
			this.replicaGate.error();
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

	private fromClient(view: Uint8Array): boolean {
		const protocol = this.protocol ?? this.recognise(view);
		protocol?.fromClient(view);
		return this.dead || this.swallowed || this.up.open;
	}
	private fromReplica(view: Uint8Array): boolean {
		const protocol = this.protocol ?? this.spokenFirst(view);
		protocol?.fromReplica(view);
		return this.dead || this.swallowed || this.muted || this.down.open;
	}
	private clientEnded(): void {
		(this.protocol ?? this.follow(new Http1Tap(this))).clientEnded();
		if (!this.swallowed) this.up.finish();
	}
	private replicaEnded(): void {
		this.protocol?.replicaEnded();
		if (!this.swallowed && !this.muted) this.down.finish();
	}

	/** Null: so far it could be either. What is withheld until then is at most a preface but one byte, and only where heads are. */
	private recognise(view: Uint8Array): TapProtocol | null {
		const begun = this.early.length === 0 ? view : joined(this.early, view);
		const verdict = beginsHttp2(begun);
		if (verdict !== 'maybe') return this.follow(verdict === 'yes' ? new Http2Tap(this) : new Http1Tap(this));
		const whole = this.earlyPassed === this.early.length;
		this.early = joined(this.early, view);
		if (whole && !this.tap.holdsHeads) {
			this.up.pass(view);
			this.earlyPassed = this.early.length;
		}
		return null;
	}

	/** A server of HTTP/2 begins with SETTINGS, of which the first byte is 0; nothing that HTTP/1 could say begins so. */
	private spokenFirst(view: Uint8Array): TapProtocol | null {
		if ((this.earlyDown[0] ?? view[0]) !== 0 || this.earlyDown.length + view.length > EARLY) return this.follow(new Http1Tap(this));
		this.earlyDown = joined(this.earlyDown, view);
		this.down.pass(view);
		return null;
	}

	private follow(protocol: TapProtocol): TapProtocol {
		const { early, earlyPassed, earlyDown } = this;
		this.protocol = protocol;
		this.early = NOTHING;
		this.earlyDown = NOTHING;
		if (earlyPassed === 0) {
			if (early.length > 0) protocol.fromClient(early);
		} else {
			this.up.pass(early.subarray(earlyPassed));
			protocol.passedUp(early);
		}
		if (earlyDown.length > 0) protocol.passedDown(earlyDown);
		return protocol;
	}
}
