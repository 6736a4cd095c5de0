import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../model/clock.js';
import { stageError } from '../model/errors.js';
import type { Event } from '../model/event.js';
import type { TapFault } from '../model/fault.js';
import { type Rng, rng } from '../model/rng.js';
import type { HistoryWriter } from '../platform/history-writer.js';
import { grpcCodeOfHttp } from '../wire/grpc-http.js';
import { type Identity, identity } from '../wire/request-id.js';
import { DelayStage } from './delay.js';
import { DueHeap } from './due-heap.js';
import type { Link } from './link.js';
import { isListening } from './listening.js';
import { LossStage } from './loss.js';
import { listen } from './sockets.js';
import type { Stage } from './stage.js';
import { TapConnection } from './tap/connection.js';
import { type Decision, type Exchange, NO_MESSAGE } from './tap/exchange.js';
import type { TapSide } from './tap/protocol.js';

export interface TapOptions {
	node: string;
	life: number;
	host: string;
	port: number;
	/** Where the replica listens: an IP literal. */
	upstream: { host: string; port: number };
	clock: Clock;
	history: HistoryWriter;
	/** How a request's id is found; by `x-daruma-id` if absent. */
	identity?: Identity;
	/** The request that a `crash` waits for has been in the replica's hands for a moment: end the whole group. */
	onCrash(): void;
	/** The listener could not come back on its port. */
	onFatal(error: Error): void;
}

const POLL_MS = 5;
/** What a replica gets to read the request that it dies of. */
const CRASH_MS = 5;
const NONE = { up: [], down: [] };

/** Stands before one replica, on the node's port: passes every byte on, keeps receipts, carries the tap faults out. */
export class Tap implements TapSide<TapConnection> {
	readonly node: string;
	readonly life: number;
	readonly upstream: { host: string; port: number };
	readonly heap: DueHeap;
	readonly identity: Identity;
	private readonly options: TapOptions;
	private readonly connections = new Set<TapConnection>();
	private server: Server | null = null;
	private accepted = 0;
	private requests = 0;
	private probes = 0;
	private fault: TapFault | null = null;
	private chance: Rng = rng(0);
	private crashing = false;
	private ended = false;
	private waiting = false;

	constructor(options: TapOptions) {
		this.options = options;
		this.node = options.node;
		this.life = options.life;
		this.upstream = options.upstream;
		this.heap = new DueHeap(options.clock);
		this.identity = options.identity ?? identity();
	}

	/** Rejects with the system's error when the port is taken. */
	async listen(): Promise<void> {
		const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => this.accept(socket));
		this.server = server;
		await listen(server, { host: this.options.host, port: this.options.port });
		server.on('error', () => {});
	}

	get listening(): boolean {
		return this.server !== null;
	}

	/** As when the replica has closed its own listener: connects are refused, connections live on. */
	closeListener(): void {
		this.server?.close();
		this.server = null;
	}

	/** The listener stays closed for good. */
	end(): void {
		this.ended = true;
		this.closeListener();
	}

	/** Closes every connection. */
	destroy(): void {
		for (const connection of [...this.connections]) connection.destroy();
	}

	/** Nothing that the replica said is still on its way to a client. */
	get flushed(): boolean {
		for (const connection of this.connections) if (!connection.flushed) return false;
		return true;
	}

	/** Takes effect on live connections before it returns. Null heals: connections that lost bytes to the fault are closed. */
	setFault(fault: TapFault | null): void {
		const healed = this.partition !== null && fault?.kind !== 'partition';
		this.fault = fault;
		this.chance = rng(fault?.seed ?? 0).fork(this.node);
		for (const connection of [...this.connections]) {
			if (healed || this.partition) connection.cutOff(this.partition);
			if (this.swallowsAll) connection.swallow();
			else {
				connection.release();
				connection.restage();
			}
		}
	}

	get holdsHeads(): boolean {
		const { fault } = this;
		return fault !== null && (fault.kind === 'error' || fault.kind === 'reset' || this.silences);
	}
	get swallowsAll(): boolean {
		return this.fault?.kind === 'blackhole' && this.fault.share >= 1 && this.fault.methods.length === 0;
	}
	get partition(): 'both' | 'in' | 'out' | null {
		return this.fault?.kind === 'partition' ? (this.fault.direction ?? 'both') : null;
	}
	get silences(): boolean {
		return this.fault?.kind === 'blackhole' || (this.fault?.kind === 'drop' && this.fault.unit === 'request');
	}

	admit(exchange: Exchange): void {
		exchange.ordinal = exchange.probe ? -2 - this.probes++ : this.requests++;
	}

	/** The same seed, node and ordinal always decide the same. daruma's own probes meet every fault but `crash`, which is not for them. */
	decide(exchange: Exchange): Decision {
		const { fault } = this;
		if (!fault) return 'pass';
		if (!exchange.probe) {
			if (fault.methods.length > 0 && !fault.methods.includes(exchange.method)) return 'pass';
			if (!this.meets(exchange.ordinal)) return 'pass';
		}
		if (fault.kind === 'error') {
			exchange.status = exchange.grpc ? 200 : fault.status;
			if (exchange.grpc) exchange.grpcStatus = fault.grpcStatus ?? grpcCodeOfHttp(fault.status);
			return 'error';
		}
		if (fault.kind === 'reset') return 'reset';
		if (this.silences) return 'silence';
		if (fault.kind !== 'crash' || exchange.probe || this.crashing) return 'pass';
		this.crashing = true;
		return 'crash';
	}

	stages(conn: number): { up: readonly Stage[]; down: readonly Stage[] } {
		const { fault } = this;
		if (fault?.kind === 'delay') {
			const chance = this.chance.fork('delay');
			return {
				up: [],
				down: [new DelayStage(fault.latencyMs, fault.jitterMs, chance, (message) => (message === NO_MESSAGE ? fault.share >= 1 : this.meets(message)))],
			};
		}
		if (fault?.kind === 'drop' && fault.unit === 'bytes') {
			const chance = this.chance.fork(`conn:${conn}`);
			return { up: [new LossStage(fault.share, chance.fork('up'))], down: [new LossStage(fault.share, chance.fork('down'))] };
		}
		return NONE;
	}

	record(event: Event): void {
		this.options.history.now(event);
	}
	recordLater(event: Event): void {
		this.options.history.later(event);
	}

	/** Without the tap the kernel would have refused this client, so nobody else is let in until the replica listens again. */
	refused(): void {
		this.closeListener();
		if (this.ended || this.waiting) return;
		this.waiting = true;
		const look = async (): Promise<void> => {
			if (this.ended) return;
			if (!(await isListening(this.upstream.host, this.upstream.port))) {
				setTimeout(look, POLL_MS);
				return;
			}
			this.waiting = false;
			if (this.ended) return;
			this.listen().catch((error: NodeJS.ErrnoException) =>
				this.options.onFatal(stageError('E_PORT_IN_USE', `${this.node} could not listen on its port ${this.options.port} again (${error.code})`)),
			);
		};
		setTimeout(look, POLL_MS);
	}

	crash(passed: Link): void {
		if (!passed.flushed) {
			setImmediate(() => this.crash(passed));
			return;
		}
		const { clock } = this.options;
		clock.at(clock.now() + CRASH_MS, () => this.options.onCrash());
	}

	gone(connection: TapConnection): void {
		this.connections.delete(connection);
	}

	private meets(ordinal: number): boolean {
		const share = this.fault?.share ?? 0;
		return share >= 1 || this.chance.fork(`request:${ordinal}`).next() < share;
	}

	private accept(socket: Socket): void {
		const conn = this.accepted++;
		const { fault } = this;
		if (fault?.kind === 'drop' && fault.unit === 'connection' && this.chance.fork(`connection:${conn}`).next() < fault.share) {
			socket.on('error', () => {});
			socket.resetAndDestroy();
			return;
		}
		this.connections.add(new TapConnection(this, conn, socket));
	}
}
