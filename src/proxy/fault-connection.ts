import type { Rng } from '../model/rng.js';
import type { ActiveToxic } from './active-toxic.js';
import type { Direction, ProxyEvent, ProxyOptions } from './contract.js';
import type { Due, DueEntry, DueHeap } from './due-heap.js';
import { Link } from './link.js';
import type { Peer } from './peer.js';
import { MADE_UP_RESET } from './requests/relay.js';
import { type Accepted, type Reader, returnBuffer } from './sockets.js';
import type { Stage } from './stage.js';
import { type Client, clientText, plainAddress } from './toxics/scope.js';

type Untimed<E> = E extends ProxyEvent ? Omit<E, 't' | 'proxy'> : never;

/** What a connection asks of its proxy. */
export interface ProxySide {
	readonly heap: DueHeap;
	readonly options: Readonly<ProxyOptions>;
	readonly chains: Readonly<Record<Direction, readonly ActiveToxic[]>>;
	readonly chance: Rng;
	/** A connection to the upstream that has just begun, with a relay before it if requests are to be met; null: its address makes no sense. */
	upstreamOf(connection: FaultConnection, read: Reader): Peer | null;
	/** A relay before the upstream of a connection that lives; null: there is none to be. `answered`: the upstream has spoken last, or nobody has spoken (null). */
	relayBefore(upstream: Peer, connection: FaultConnection, read: Reader, answered: boolean | null): { peer: Peer; heard: Reader } | null;
	/** Somebody hears what is told. */
	readonly heard: boolean;
	tell(event: Untimed<ProxyEvent>): void;
	gone(connection: FaultConnection): void;
}

/** A toxic on this connection: decided once, with a stage that lives as long as the toxic. */
interface Held {
	readonly meant: boolean;
	readonly draw: number;
	stage: Stage | null;
	told: boolean;
}

const DIRECTIONS = ['upstream', 'downstream'] as const;

/** One client, the connection to the upstream behind it, and the toxics on both directions. */
export class FaultConnection implements Due {
	readonly conn: number;
	readonly links: Record<Direction, Link>;
	private readonly side: ProxySide;
	readonly client: Peer;
	private seenFrom: Client | null = null;
	private upstream: Peer | null = null;
	private readonly held = new Map<ActiveToxic, Held>();
	private entry: DueEntry | null = null;
	private phase: 'waiting' | 'dialling' | 'open' | 'dead' = 'waiting';
	/** What keeps it from being connected to the upstream. */
	private welcomedBy: ActiveToxic | null = null;
	private lingers = false;
	/** The direction in which bytes came last. */
	private spoke: Link | null = null;
	/** Reads what the upstream says, if a relay came between while the connection lived. */
	private relayed: Reader | null = null;

	constructor(side: ProxySide, conn: number, accepted: Accepted) {
		this.side = side;
		this.conn = conn;
		const onReset = (): void => this.reset();
		this.links = {
			upstream: new Link(side.heap, onReset, () => this.ended('upstream')),
			downstream: new Link(side.heap, onReset, () => this.ended('downstream')),
		};
		this.client = accepted((view) => this.pass(this.links.upstream, view));
		this.watch(this.client, this.links.upstream, this.links.downstream);
	}

	/** Nothing happens before this. */
	open(): void {
		const { side } = this;
		if (side.heard) side.tell({ kind: 'connection', conn: this.conn, client: this.clientText });
		for (const direction of DIRECTIONS) for (const toxic of side.chains[direction]) this.hold(toxic, true);
		this.begin();
	}

	get from(): Client {
		this.seenFrom ??= { address: plainAddress(this.client.remoteAddress ?? ''), port: this.client.remotePort ?? 0 };
		return this.seenFrom;
	}
	private get clientText(): string {
		return clientText(this.from);
	}

	/** Requests are to be met from now on, also here. */
	relay(): void {
		const { upstream, spoke } = this;
		const { upstream: up, downstream: down } = this.links;
		if (this.phase !== 'open' || !upstream || upstream.destroyed) return;
		const relay = this.side.relayBefore(upstream, this, (view) => this.pass(down, view), spoke && spoke === down);
		if (!relay) return;
		this.relayed = relay.heard;
		this.upstream = relay.peer;
		up.join(this.client, relay.peer);
		down.join(relay.peer, this.client);
		this.watch(relay.peer, down, up);
	}

	/** Toxics were added, or their toxicity has changed. */
	restage(direction: Direction): void {
		if (this.phase === 'open') this.stage(direction, false);
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
	/** The toxic is gone from the chain, and may come back: whether it is meant for this connection stays decided. */
	rested(toxic: ActiveToxic): void {
		const held = this.held.get(toxic);
		if (!held) return;
		const { stage } = held;
		held.stage = null;
		if (this.phase === 'open' && stage?.closesWhenRemoved && held.draw < toxic.toxicity) this.links[toxic.direction].cut();
		if (this.phase === 'waiting' && this.welcomedBy === toxic) this.begin();
		this.restage(toxic.direction);
	}

	/** Closed by the proxy: FIN, or RST where bytes are unread or the connection lingers for nobody. */
	destroy(): void {
		this.end(this.lingers);
	}
	reset(): void {
		this.end(true);
	}

	wake(): void {
		this.entry = null;
		if (this.phase === 'waiting') this.connect();
		else if (this.phase === 'dialling') this.unreachable(`no answer in ${this.side.options.dialTimeout} ms`);
	}

	private hold(toxic: ActiveToxic, fresh: boolean): Held {
		let held = this.held.get(toxic);
		if (!held) {
			const draw = this.side.chance.fork(`conn:${this.conn}:${toxic.direction}:${toxic.name}`).next();
			held = { meant: toxic.isFor(this.from, fresh), draw, stage: null, told: false };
			this.held.set(toxic, held);
		}
		return held;
	}
	private meets(toxic: ActiveToxic, fresh: boolean): boolean {
		const held = this.hold(toxic, fresh);
		if (!held.meant || held.draw >= toxic.toxicity) return false;
		if (!held.told) this.tellOf(toxic, held);
		return true;
	}
	private tellOf(toxic: ActiveToxic, held: Held): void {
		held.told = true;
		if (!this.side.heard) return;
		this.side.tell({ kind: 'hit', conn: this.conn, client: this.clientText, toxic: toxic.name, type: toxic.type.type, stream: toxic.stream });
	}

	private begin(): void {
		this.side.heap.cancel(this.entry);
		this.entry = null;
		this.welcomedBy = null;
		for (const direction of DIRECTIONS) {
			for (const toxic of this.side.chains[direction]) {
				if (!toxic.type.welcome || !this.meets(toxic, false)) continue;
				const welcome = toxic.type.welcome(toxic.attributes);
				this.welcomedBy = toxic;
				if (welcome.kind === 'reset') this.reset();
				else if (welcome.kind === 'wait') this.entry = this.side.heap.add(this.side.heap.now() + welcome.ms, this);
				return;
			}
		}
		this.connect();
	}

	private connect(): void {
		const { upstream: up, downstream: down } = this.links;
		const upstream = this.side.upstreamOf(this, (view) => (this.relayed ? this.relayed(view) : this.pass(down, view)));
		if (!upstream) {
			this.unreachable('the upstream is no address');
			return;
		}
		this.phase = 'dialling';
		this.upstream = upstream;
		this.entry = this.side.heap.add(this.side.heap.now() + this.side.options.dialTimeout, this);
		upstream.once('connect', () => {
			if (this.phase !== 'dialling') return;
			this.side.heap.cancel(this.entry);
			this.entry = null;
			this.phase = 'open';
			up.join(this.client, upstream);
			down.join(upstream, this.client);
			for (const direction of DIRECTIONS) this.stage(direction, true);
			this.relay();
			this.client.resume();
		});
		this.watch(upstream, down, up);
	}

	private stage(direction: Direction, fresh: boolean): void {
		const chain = this.side.chains[direction];
		const link = this.links[direction];
		if (chain.length === 0 && fresh) return;
		const stages: Stage[] = [];
		for (const toxic of chain) {
			if (toxic.type.welcome || !this.meets(toxic, fresh)) continue;
			const held = this.hold(toxic, fresh);
			held.stage ??= toxic.type.stage({
				attributes: toxic.attributes,
				chance: this.side.chance.fork(`stage:${this.conn}:${direction}:${toxic.name}`),
				now: this.side.heap.now(),
				fresh,
				shared: toxic.shared,
				linger: () => {
					this.lingers = true;
				},
			});
			if (held.stage) stages.push(held.stage);
		}
		link.setStages(stages);
	}

	private pass(link: Link, view: Uint8Array): boolean {
		this.spoke = link;
		link.pass(view);
		return link.open;
	}

	/** A relay may have come before it. */
	private isSide(socket: Peer): boolean {
		return socket === this.client || socket === this.upstream;
	}

	private watch(socket: Peer, outOf: Link, into: Link): void {
		socket.on('end', () => this.isSide(socket) && outOf.finish());
		socket.on('error', (error: NodeJS.ErrnoException) => {
			if (!this.isSide(socket)) return;
			if (this.phase === 'dialling' && socket === this.upstream) this.unreachable(error.code ?? error.message);
			else if ((this.side.options.keepReset && error.code === 'ECONNRESET') || error.code === MADE_UP_RESET) outOf.reset();
		});
		socket.on('close', () => {
			if (!this.isSide(socket)) return;
			if (outOf.flushed) returnBuffer(socket);
			if (this.phase === 'dead') return;
			outOf.finish();
			into.close();
			if (this.client.destroyed && (!this.upstream || this.upstream.destroyed)) this.end(false);
		});
	}

	/** This direction has come to its end: as with Toxiproxy, its socket is closed for both, unless half-closes are kept. */
	private ended(direction: Direction): void {
		if (this.phase === 'dead') return;
		const [socket, back] = direction === 'upstream' ? [this.upstream, this.links.downstream] : [this.client, this.links.upstream];
		if (!socket || socket.destroyed) return;
		if (this.side.options.halfClose && !this.lingers) {
			if (!socket.writableEnded) socket.end();
			return;
		}
		if (this.lingers) socket.resetAndDestroy();
		else if (socket.writableLength === 0) socket.destroy();
		else socket.destroySoon();
		back.finish();
	}

	private unreachable(error: string): void {
		this.side.tell({ kind: 'unreachable', conn: this.conn, error });
		this.destroy();
	}

	private end(reset: boolean): void {
		if (this.phase === 'dead') return;
		const { client, upstream } = this;
		const dialling = this.phase === 'dialling';
		this.phase = 'dead';
		this.side.heap.cancel(this.entry);
		for (const direction of DIRECTIONS) this.links[direction].close();
		if (reset && !client.destroyed) client.resetAndDestroy();
		else client.destroy();
		if (reset && !dialling && upstream && !upstream.destroyed) upstream.resetAndDestroy();
		else upstream?.destroy();
		const { upstream: up, downstream: down } = this.links;
		if (this.side.heard)
			this.side.tell({
				kind: 'closed',
				conn: this.conn,
				received: { upstream: up.counts.received, downstream: down.counts.received },
				sent: { upstream: up.counts.sent, downstream: down.counts.sent },
			});
		this.side.gone(this);
	}
}
