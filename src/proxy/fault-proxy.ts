import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Rng } from '../model/rng.js';
import { ActiveToxic } from './active-toxic.js';
import type { Direction, FaultProxy, ProxyEvent, ProxyOptions, ToxicScope, ToxicState } from './contract.js';
import type { DueHeap } from './due-heap.js';
import { FaultConnection, type ProxySide } from './fault-connection.js';
import { type Address, addressText, bindError, listenError, parseUpstream, resolveListen } from './listen-address.js';
import type { Peer } from './peer.js';
import { RequestToxics } from './requests/desk.js';
import { joining } from './requests/joining.js';
import { Relay } from './requests/relay.js';
import { accepting, dial, listen, type Reader } from './sockets.js';
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
	/** Null while nobody listens. */
	hearer(): ((event: ProxyEvent) => void) | null;
}

/** A listener, its connections and its toxics. Changes of toxics take effect before they return; only the listener is waited for. */
export class RunningProxy implements FaultProxy, ProxySide {
	readonly name: string;
	readonly heap: DueHeap;
	readonly chance: Rng;
	/** What acts on bytes, as the connections see it. */
	readonly chains: Record<Direction, ActiveToxic[]> = { upstream: [], downstream: [] };
	/** What acts on requests. */
	readonly requests: RequestToxics;
	private readonly added = new Set<ActiveToxic>();
	private acting: ActiveToxic[] = [];
	options: ProxyOptions = DEFAULTS;
	listen: string;
	upstream: string;
	private upstreamAddress: Address | null;
	private readonly hearer: ProxyParts['hearer'];
	private readonly connections = new Set<FaultConnection>();
	private readonly past = { received: zero(), sent: zero(), connections: 0 };
	private server: Server | null = null;
	/** Changes of the listener follow one another. */
	private turn: Promise<unknown> = Promise.resolve();

	constructor({ name, listen, upstream, heap, chance, hearer }: ProxyParts) {
		this.name = name;
		this.listen = listen;
		this.upstream = upstream;
		this.upstreamAddress = addressOrNull(upstream);
		this.heap = heap;
		this.chance = chance;
		this.hearer = hearer;
		this.requests = new RequestToxics(
			() => this.acting,
			chance,
			({ conn, client, method, path }, { toxic, action }) =>
				this.heard && this.tell({ kind: 'request-hit', conn, client: addressText({ host: client.address, port: client.port }), toxic, method, path, action }),
		);
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
		this.added.add(toxic);
		if (type.request) this.acting = [...this.acting, toxic];
		else this.chains[toxic.direction].push(toxic);
		this.expire(toxic);
		this.tell({ kind: 'toxic-added', toxic: toxic.name });
		for (const connection of [...this.connections]) {
			if (type.request) connection.relay();
			else connection.restage(toxic.direction);
		}
		return toxic.state;
	}

	updateToxic(name: string, change: { toxicity?: number; attributes?: Record<string, unknown> } & ToxicScope): ToxicState {
		const toxic = this.find(name);
		if (!toxic) throw new Error(`there is no toxic ${name}`);
		toxic.change(change);
		if (change.duration !== undefined) this.expire(toxic);
		this.tell({ kind: 'toxic-updated', toxic: name });
		if (!toxic.type.request)
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

	injected(): ReturnType<FaultProxy['injected']> {
		return this.acting.map(({ name, type, hits }) => ({ toxic: name, type: type.type, requests: hits }));
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
		return this.upstreamAddress && dial(this.upstreamAddress, read);
	}
	upstreamOf(connection: FaultConnection, read: Reader): Peer | null {
		return this.requests.active ? new Relay(this, connection, read) : this.dial(read);
	}
	relayBefore(upstream: Peer, connection: FaultConnection, read: Reader, answered: boolean | null): { peer: Peer; heard: Reader } | null {
		if (!this.requests.active || upstream instanceof Relay) return null;
		const relay = new Relay(this, connection, read, { upstream, converse: answered === null ? null : joining(answered) });
		return { peer: relay, heard: relay.heard };
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
		const all = [...this.added];
		return [...all.filter(({ direction }) => direction === 'upstream'), ...all.filter(({ direction }) => direction === 'downstream')];
	}
	private find(name: string): ActiveToxic | undefined {
		return this.all().find((toxic) => toxic.name === name);
	}

	private remove(name: string, kind: 'toxic-removed' | 'toxic-expired'): void {
		const toxic = this.find(name);
		if (!toxic) return;
		this.added.delete(toxic);
		this.acting = this.acting.filter((other) => other !== toxic);
		this.chains[toxic.direction] = this.chains[toxic.direction].filter((other) => other !== toxic);
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
		accepting(server, (accepted) => this.admit(server, accepted));
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
