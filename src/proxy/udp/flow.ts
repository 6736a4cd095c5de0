import type { Rng } from '../../model/rng.js';
import type { ActiveToxic } from '../active-toxic.js';
import type { Direction, ProxyEvent, ProxyOptions } from '../contract.js';
import type { DueEntry, DueHeap } from '../due-heap.js';
import { addressText } from '../listen-address.js';
import { type Client, plainAddress } from '../toxics/scope.js';
import type { DatagramStage } from './datagram.js';
import { DatagramLink, type Room } from './datagram-link.js';
import { datagramStage } from './toxics/index.js';
import type { UpstreamHearer, UpstreamSocket } from './udp-sockets.js';

type Untimed<E> = E extends ProxyEvent ? Omit<E, 't' | 'proxy'> : never;

/** What a flow asks of its proxy. */
export interface FlowSide {
	readonly heap: DueHeap;
	readonly options: Readonly<ProxyOptions>;
	readonly chains: Readonly<Record<Direction, readonly ActiveToxic[]>>;
	readonly chance: Rng;
	readonly room: Room;
	/** A socket to the upstream that has just begun to open; null: its address makes no sense. */
	dial(hear: UpstreamHearer): UpstreamSocket | null;
	/** As UpstreamSocket.send, to the client. */
	answer(to: { address: string; port: number }, bytes: Uint8Array, failed: () => void): boolean;
	/** Somebody hears what is told. */
	readonly heard: boolean;
	tell(event: Untimed<ProxyEvent>): void;
	refused(flow: Flow, error: string): void;
	/** Something came from the upstream. */
	used(flow: Flow): void;
	gone(flow: Flow): void;
}

/** A toxic on this flow: decided once, with a stage that lives as long as the toxic. */
interface Held {
	readonly meant: boolean;
	readonly draw: number;
	stage: DatagramStage | null | undefined;
	told: boolean;
}

const DIRECTIONS = ['upstream', 'downstream'] as const;
const SETTLE_MS = 1;

/** Until the upstream's socket is there: whoever waits for a stage that is gone goes on. */
const DOOR: DatagramStage = {
	shape: (datagram) => {
		datagram.due = Number.POSITIVE_INFINITY;
		return undefined;
	},
};

/** One client address, its own socket to the upstream, and the toxics on both directions. What waits keeps it from being idle. */
export class Flow {
	readonly conn: number;
	readonly links: Record<Direction, DatagramLink>;
	readonly client: { readonly address: string; readonly port: number };
	private readonly side: FlowSide;
	private readonly from: Client;
	private readonly idleTimeout: number;
	private readonly held = new Map<ActiveToxic, Held>();
	private upstream: UpstreamSocket | null = null;
	private phase: 'waiting' | 'dialling' | 'open' | 'dead' = 'waiting';
	private usedAt: number;
	private idle: DueEntry | null = null;
	private patience: DueEntry | null = null;
	/** What keeps it from the upstream, and whether what comes meanwhile is lost. */
	private welcomedBy: ActiveToxic | null = null;
	private swallows = false;

	constructor(side: FlowSide, conn: number, client: { address: string; port: number }) {
		this.side = side;
		this.conn = conn;
		this.client = client;
		this.from = { address: plainAddress(client.address).replace(/%.*$/, ''), port: client.port };
		this.idleTimeout = side.options.idleTimeout;
		this.usedAt = side.heap.now();
		const { heap, room } = side;
		const up: DatagramLink = new DatagramLink(heap, room, (bytes) => {
			this.usedAt = heap.now();
			return this.upstream?.send(bytes, () => up.untake(bytes)) ?? false;
		});
		const down: DatagramLink = new DatagramLink(heap, room, (bytes) => {
			this.usedAt = heap.now();
			return side.answer(client, bytes, () => down.untake(bytes));
		});
		this.links = { upstream: up, downstream: down };
	}

	/** Nothing happens before this. */
	open(): void {
		const { side } = this;
		if (side.heard) side.tell({ kind: 'connection', conn: this.conn, client: this.clientText });
		this.idle = side.heap.add(this.usedAt + this.idleTimeout, this.expiry);
		for (const direction of DIRECTIONS) for (const toxic of side.chains[direction]) this.hold(toxic, true);
		this.links.upstream.setStages([DOOR]);
		this.begin();
	}

	/** From the client. */
	receive(bytes: Uint8Array): void {
		this.usedAt = this.side.heap.now();
		const { upstream } = this.links;
		if (!this.swallows) upstream.pass(bytes);
		else upstream.swallow(bytes);
	}

	/** Toxics were added, or their toxicity has changed. */
	restage(direction: Direction): void {
		if (this.phase === 'open') this.stage(direction);
	}
	/** Settings have changed. */
	changed(toxic: ActiveToxic): void {
		const stage = this.held.get(toxic)?.stage;
		if (this.phase === 'open' && stage) this.links[toxic.direction].changed(stage);
		if (this.phase === 'waiting' && this.welcomedBy === toxic) this.begin();
	}
	/** The toxic is gone from the chain. */
	removed(toxic: ActiveToxic): void {
		this.rested(toxic);
		this.held.delete(toxic);
	}
	/** The toxic is gone from the chain, and may come back: whether it is meant for this flow stays decided. */
	rested(toxic: ActiveToxic): void {
		const held = this.held.get(toxic);
		if (!held) return;
		held.stage = undefined;
		if (this.phase === 'waiting' && this.welcomedBy === toxic) this.begin();
		this.restage(toxic.direction);
	}

	end(): void {
		if (this.phase === 'dead') return;
		this.phase = 'dead';
		this.side.heap.cancel(this.idle);
		this.side.heap.cancel(this.patience);
		for (const direction of DIRECTIONS) this.links[direction].close();
		this.upstream?.close();
		const { upstream: up, downstream: down } = this.links;
		if (this.side.heard)
			this.side.tell({
				kind: 'closed',
				conn: this.conn,
				received: { upstream: up.counts.bytesReceived, downstream: down.counts.bytesReceived },
				sent: { upstream: up.counts.bytesSent, downstream: down.counts.bytesSent },
			});
		this.side.gone(this);
	}

	private get dead(): boolean {
		return this.phase === 'dead';
	}
	private get clientText(): string {
		return addressText({ host: this.from.address, port: this.from.port });
	}

	private readonly expiry = {
		/** Seems idle since; what came while this process stood still is read before that counts. */
		doubt: Number.NaN,
		wake: (now: number): void => {
			const waits = DIRECTIONS.some((direction) => !this.links[direction].empty);
			const until = (waits ? now : this.usedAt) + this.idleTimeout;
			if (until <= now && this.expiry.doubt === this.usedAt) {
				this.end();
				return;
			}
			if (until <= now) this.expiry.doubt = this.usedAt;
			this.idle = this.side.heap.add(Math.max(until, now + SETTLE_MS), this.expiry);
		},
	};

	private hold(toxic: ActiveToxic, fresh: boolean): Held {
		let held = this.held.get(toxic);
		if (!held) {
			const draw = this.side.chance.fork(`conn:${this.conn}:${toxic.direction}:${toxic.name}`).next();
			held = { meant: toxic.isFor(this.from, fresh), draw, stage: undefined, told: false };
			this.held.set(toxic, held);
		}
		return held;
	}
	private meets(toxic: ActiveToxic): boolean {
		const held = this.hold(toxic, false);
		if (!held.meant || held.draw >= toxic.toxicity) return false;
		if (!held.told && this.side.heard)
			this.side.tell({ kind: 'hit', conn: this.conn, client: this.clientText, toxic: toxic.name, type: toxic.type.type, stream: toxic.stream });
		held.told = true;
		return true;
	}

	private begin(): void {
		const { heap } = this.side;
		heap.cancel(this.patience);
		this.welcomedBy = null;
		this.swallows = false;
		for (const direction of DIRECTIONS) {
			for (const toxic of this.side.chains[direction]) {
				const welcome = toxic.type.welcome?.(toxic.attributes);
				if (!welcome || welcome.kind === 'reset' || !this.meets(toxic)) continue;
				this.welcomedBy = toxic;
				if (welcome.kind === 'hole') this.swallows = true;
				else this.patience = heap.add(heap.now() + welcome.ms, { wake: () => this.connect() });
				return;
			}
		}
		this.connect();
	}

	private connect(): void {
		const { heap, options } = this.side;
		this.phase = 'dialling';
		this.patience = heap.add(heap.now() + options.dialTimeout, { wake: () => this.unreachable(`no answer in ${options.dialTimeout} ms`) });
		this.upstream = this.side.dial({
			open: () => {
				if (this.phase !== 'dialling') return;
				heap.cancel(this.patience);
				this.phase = 'open';
				for (const direction of DIRECTIONS) this.stage(direction);
			},
			message: (bytes) => {
				if (this.phase !== 'open') return;
				this.usedAt = heap.now();
				this.side.used(this);
				this.links.downstream.pass(bytes);
			},
			refused: (error) => this.side.refused(this, error.code ?? error.message),
			failed: (error) => this.unreachable(error.code ?? error.message),
		});
		if (!this.upstream) this.unreachable('the upstream is no address');
		// Where the system has no socket left, it has failed during the call.
		else if (this.dead) this.upstream.close();
	}

	private stage(direction: Direction): void {
		const stages: DatagramStage[] = [];
		for (const toxic of this.side.chains[direction]) {
			if (toxic.type.welcome || !this.meets(toxic)) continue;
			const held = this.hold(toxic, false);
			if (held.stage === undefined)
				held.stage = datagramStage(toxic.type.type, {
					attributes: toxic.attributes,
					chance: this.side.chance.fork(`stage:${this.conn}:${direction}:${toxic.name}`),
					now: this.side.heap.now(),
					shared: toxic.shared,
				});
			if (held.stage) stages.push(held.stage);
		}
		this.links[direction].setStages(stages);
	}

	private unreachable(error: string): void {
		if (this.phase === 'dead') return;
		this.side.tell({ kind: 'unreachable', conn: this.conn, error });
		this.end();
	}
}
