import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Rng } from '../model/rng.js';
import { ActiveToxic } from './active-toxic.js';
import type { Direction, FaultProxy, ProxyEvent, ProxyOptions, ToxicScope, ToxicState } from './contract.js';
import type { DueHeap } from './due-heap.js';
import { FaultConnection, type ProxySide } from './fault-connection.js';
import { type Address, addressText, bindError, listenError, parseUpstream, resolveListen } from './listen-address.js';
import type { Peer } from './peer.js';
import { type RawHandles, rawHandles } from './raw-handles.js';
import { accepting, dialPeer, listen, type Reader } from './sockets.js';
import { TOXICS } from './toxics/index.js';

export const DEFAULTS: ProxyOptions = { halfClose: false, keepReset: false, dialTimeout: 30_000, idleTimeout: 60_000, maxFlows: 1024 };

const zero = (): Record<Direction, number> => ({ upstream: 0, downstream: 0 });

const addressOrNull = (upstream: string): Address | null => {
	try {
		return parseUpstream(upstream);
	} catch {
		return null;
	}
};

export interface ProxyParts {
	name: string;
	listen: string;
	upstream: string;
	heap: DueHeap;
	chance: Rng;
	/** False: every connection is one of Node's Sockets. */
	rawHandles: boolean;
	/** Null while nobody listens. */
	hearer(): ((event: ProxyEvent) => void) | null;
}

/** A listener, its connections and its toxics. Changes of toxics take effect before they return; only the listener is waited for. */
export class RunningProxy implements FaultProxy, ProxySide {
	readonly name: string;
	readonly heap: DueHeap;
	readonly chance: Rng;
	readonly chains: Record<Direction, ActiveToxic[]> = { upstream: [], downstream: [] };
	options: ProxyOptions = DEFAULTS;
	listen: string;
	upstream: string;
	private upstreamAddress: Address | null;
	private readonly hearer: ProxyParts['hearer'];
	private readonly connections = new Set<FaultConnection>();
	private readonly past = { received: zero(), sent: zero(), connections: 0 };
	private server: Server | null = null;
	private readonly wantsRaw: boolean;
	private raw: RawHandles | null = null;
	/** Changes of the listener follow one another. */
	private turn: Promise<unknown> = Promise.resolve();

	constructor({ name, listen, upstream, heap, chance, rawHandles, hearer }: ProxyParts) {
		this.name = name;
		this.listen = listen;
		this.upstream = upstream;
		this.upstreamAddress = addressOrNull(upstream);
		this.heap = heap;
		this.chance = chance;
		this.wantsRaw = rawHandles;
		this.hearer = hearer;
	}

	get enabled(): boolean {
		return this.server !== null;
	}

	setOptions(change: Partial<ProxyOptions>): void {
		this.options = { ...this.options, ...change };
	}

	toxics(): ToxicState[] {
		return this.all().map((toxic) => toxic.state);
	}
	toxic(name: string): ToxicState | undefined {
		return this.find(name)?.state;
	}

	addToxic(state: ToxicState): ToxicState {
		const type = TOXICS.get(state.type);
		if (!type) throw new Error(`there is no toxic ${state.type}`);
		const toxic = new ActiveToxic(type, state);
		this.chains[toxic.direction].push(toxic);
		this.expire(toxic);
		this.tell({ kind: 'toxic-added', toxic: toxic.name });
		for (const connection of [...this.connections]) connection.restage(toxic.direction);
		return toxic.state;
	}

	updateToxic(name: string, change: { toxicity?: number; attributes?: Record<string, unknown> } & ToxicScope): ToxicState {
		const toxic = this.find(name);
		if (!toxic) throw new Error(`there is no toxic ${name}`);
		toxic.change(change);
		if (change.duration !== undefined) this.expire(toxic);
		this.tell({ kind: 'toxic-updated', toxic: name });
		for (const connection of [...this.connections]) {
			if (change.toxicity !== undefined) connection.restage(toxic.direction);
			connection.changed(toxic);
		}
		return toxic.state;
	}

	removeToxic(name: string): void {
		this.remove(name, 'toxic-removed');
	}

	update(change: { listen?: string; upstream?: string; enabled?: boolean }): Promise<void> {
		return this.inTurn(async () => {
			const wanted = change.enabled ?? this.enabled;
			const listen = change.listen ?? this.listen;
			const upstream = change.upstream ?? this.upstream;
			const resolved = addressText(await resolveListen(listen));
			if (resolved !== this.listen || upstream !== this.upstream) {
				this.stop();
				this.listen = listen;
				this.upstream = upstream;
				this.upstreamAddress = addressOrNull(upstream);
			}
			if (wanted && !this.enabled) await this.start();
			else if (!wanted) this.stop();
		});
	}

	/** Starts it if it does not run. */
	enable(): Promise<void> {
		return this.inTurn(() => (this.enabled ? Promise.resolve() : this.start()));
	}
	/** Closes the listener and every connection before it returns. */
	close(): Promise<void> {
		this.stop();
		return this.inTurn(async () => {
			this.stop();
			for (const toxic of this.all()) this.heap.cancel(toxic.expiry);
		});
	}

	counters(): { received: Record<Direction, number>; sent: Record<Direction, number>; connections: number; open: number } {
		const received = { ...this.past.received };
		const sent = { ...this.past.sent };
		for (const { links } of this.connections) {
			for (const direction of ['upstream', 'downstream'] as const) {
				received[direction] += links[direction].counts.received;
				sent[direction] += links[direction].counts.sent;
			}
		}
		return { received, sent, connections: this.past.connections, open: this.connections.size };
	}

	dial(read: Reader): Peer | null {
		return this.upstreamAddress && dialPeer(this.upstreamAddress, read, this.raw);
	}
	get heard(): boolean {
		return this.hearer() !== null;
	}
	tell(event: Parameters<ProxySide['tell']>[0]): void {
		this.hearer()?.({ t: this.heap.now(), proxy: this.name, ...event } as ProxyEvent);
	}

	gone(connection: FaultConnection): void {
		if (!this.connections.delete(connection)) return;
		for (const direction of ['upstream', 'downstream'] as const) {
			this.past.received[direction] += connection.links[direction].counts.received;
			this.past.sent[direction] += connection.links[direction].counts.sent;
		}
	}

	private all(): ActiveToxic[] {
		return [...this.chains.upstream, ...this.chains.downstream];
	}
	private find(name: string): ActiveToxic | undefined {
		return this.all().find((toxic) => toxic.name === name);
	}

	private remove(name: string, kind: 'toxic-removed' | 'toxic-expired'): void {
		const toxic = this.find(name);
		if (!toxic) return;
		const chain = this.chains[toxic.direction];
		chain.splice(chain.indexOf(toxic), 1);
		this.heap.cancel(toxic.expiry);
		this.tell({ kind, toxic: name });
		for (const connection of [...this.connections]) connection.removed(toxic);
	}

	private expire(toxic: ActiveToxic): void {
		this.heap.cancel(toxic.expiry);
		const { duration } = toxic.scope;
		if (duration === undefined) return;
		toxic.expiry = this.heap.add(this.heap.now() + duration, { wake: () => this.remove(toxic.name, 'toxic-expired') });
	}

	private inTurn(change: () => Promise<void>): Promise<void> {
		const done = this.turn.then(change);
		this.turn = done.catch(() => {});
		return done;
	}

	private async start(): Promise<void> {
		this.raw = this.wantsRaw ? await rawHandles() : null;
		let at: Address;
		try {
			at = await resolveListen(this.listen);
		} catch (error) {
			throw listenError(`listen tcp: ${(error as Error).message}`);
		}
		const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
		try {
			await listen(server, at).catch((error: NodeJS.ErrnoException) => {
				// A machine without IPv6.
				if (at.host === '::' && error.code === 'EAFNOSUPPORT') return listen(server, { host: '0.0.0.0', port: at.port });
				throw error;
			});
		} catch (error) {
			throw bindError(at, error as NodeJS.ErrnoException);
		}
		server.on('error', () => {});
		accepting(server, (accepted) => this.admit(server, accepted), this.raw);
		const { address, port } = server.address() as AddressInfo;
		this.listen = addressText({ host: address, port });
		this.server = server;
	}

	private admit(server: Server, accepted: Parameters<Parameters<typeof accepting>[1]>[0]): void {
		if (this.server !== server) {
			accepted(() => true).destroy();
			return;
		}
		const connection = new FaultConnection(this, this.past.connections++, accepted);
		this.connections.add(connection);
		connection.open();
	}

	private stop(): void {
		this.server?.close();
		this.server = null;
		for (const connection of [...this.connections]) connection.destroy();
	}
}
