import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Rng } from '../model/rng.js';
import { type RawHandles, rawHandles } from '../platform/raw-handles.js';
import type { Direction, FaultProxy, ProxyEvent, ProxyOptions, ToxicScope, ToxicState } from './contract.js';
import type { DueHeap } from './due-heap.js';
import { FaultConnection, type ProxySide } from './fault-connection.js';
import { type Address, addressText, bindError, listenError, parseUpstream, resolveListen } from './listen-address.js';
import type { Peer } from './peer.js';
import { RequestToxics } from './requests/desk.js';
import { joining } from './requests/joining.js';
import { Relay } from './requests/relay.js';
import { accepting, dialPeer, listen, type Reader } from './sockets.js';
import type { HandshakeHearer } from './tls-peer.js';
import { checkTermination, completed } from './tls-settings.js';
import { type TlsSides, tlsSides } from './tls-sides.js';
import { ToxicChains } from './toxic-chains.js';
import { clientText } from './toxics/scope.js';
import { listenUnix } from './unix-socket.js';

export const DEFAULTS: ProxyOptions = {
	halfClose: false,
	keepReset: false,
	dialTimeout: 30_000,
	idleTimeout: 60_000,
	maxFlows: 1024,
	handshakeTimeout: 10_000,
	tls: null,
	upstreamTls: null,
	alpn: [],
};

const TLS_OPTIONS = ['tls', 'upstreamTls', 'alpn', 'handshakeTimeout'] as const;

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
	/** What a restart should find has changed. */
	changed?(): void;
}

/** A listener, its connections and its toxics. Changes of toxics take effect before they return; only the listener is waited for. */
export class RunningProxy implements FaultProxy, ProxySide {
	readonly name: string;
	readonly heap: DueHeap;
	readonly chance: Rng;
	/** What acts on requests. */
	readonly requests: RequestToxics;
	options: ProxyOptions = DEFAULTS;
	listen: string;
	upstream: string;
	private upstreamAddress: Address | null;
	private readonly hearer: ProxyParts['hearer'];
	private readonly changed: () => void;
	private readonly toxicChains: ToxicChains;
	private readonly connections = new Set<FaultConnection>();
	private readonly past = { received: zero(), sent: zero(), connections: 0 };
	private server: Server | null = null;
	private tls: TlsSides | null = null;
	private readonly wantsRaw: boolean;
	private raw: RawHandles | null = null;
	/** Changes of the listener follow one another. */
	private turn: Promise<unknown> = Promise.resolve();

	constructor({ name, listen, upstream, heap, chance, rawHandles, hearer, changed = () => {} }: ProxyParts) {
		this.name = name;
		this.listen = listen;
		this.upstream = upstream;
		this.upstreamAddress = addressOrNull(upstream);
		this.heap = heap;
		this.chance = chance;
		this.wantsRaw = rawHandles;
		this.hearer = hearer;
		this.changed = changed;
		this.toxicChains = new ToxicChains({ heap, shaped: () => this.connections, tell: (event) => this.tell(event), altered: changed });
		this.requests = new RequestToxics(
			() => this.toxicChains.acting,
			chance,
			({ conn, client, method, path }, { toxic, action }) =>
				this.heard && this.tell({ kind: 'request-hit', conn, client: clientText(client), toxic, method, path, action }),
		);
	}

	get enabled(): boolean {
		return this.server !== null;
	}

	setOptions(change: Partial<ProxyOptions>): void {
		const options = { ...this.options, ...change };
		if (change.tls) {
			checkTermination(change.tls);
			options.tls = completed(change.tls);
		}
		if (TLS_OPTIONS.some((name) => change[name] !== undefined)) this.tls = tlsSides(options, this.heap, this.handshakeHearer);
		this.options = options;
		this.changed();
	}

	get chains(): ToxicChains['chains'] {
		return this.toxicChains.chains;
	}
	toxics(): ToxicState[] {
		return this.toxicChains.states();
	}
	toxic(name: string): ToxicState | undefined {
		return this.toxicChains.state(name);
	}
	addToxic(toxic: ToxicState): ToxicState {
		return this.toxicChains.add(toxic);
	}
	updateToxic(name: string, change: { toxicity?: number; attributes?: Record<string, unknown> } & ToxicScope): ToxicState {
		return this.toxicChains.update(name, change);
	}
	removeToxic(name: string): void {
		this.toxicChains.remove(name);
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
			this.toxicChains.close();
		});
	}

	injected(): ReturnType<FaultProxy['injected']> {
		return this.toxicChains.acting.map(({ name, type, hits }) => ({ toxic: name, type: type.type, requests: hits }));
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

	dial(read: Reader, client: Peer, conn: number): Peer | null {
		const to = this.upstreamAddress;
		return to && (this.tls ? this.tls.dial(to, read, client, conn) : dialPeer(to, read, this.raw));
	}
	get agreesFirst(): boolean {
		return this.tls?.agreesFirst ?? false;
	}
	upstreamOf(connection: FaultConnection, read: Reader): Peer | null {
		return this.requests.active ? new Relay(this, connection, read) : this.dial(read, connection.client, connection.conn);
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

	private readonly handshakeHearer = (conn: number, peer: 'client' | 'upstream'): HandshakeHearer => ({
		agreed: (agreed) => this.tell({ kind: 'tls', conn, peer, ...agreed }),
		failed: (error) => this.tell({ kind: 'tls-failed', conn, peer, error }),
	});

	private inTurn(change: () => Promise<void>): Promise<void> {
		const done = this.turn.then(change).finally(this.changed);
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
			if (at.path !== undefined) await listenUnix(server, at.path);
			else
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
		if (at.path === undefined) {
			const { address, port } = server.address() as AddressInfo;
			this.listen = addressText({ host: address, port });
		} else this.listen = addressText(at);
		this.server = server;
	}

	private admit(server: Server, accepted: Parameters<Parameters<typeof accepting>[1]>[0]): void {
		if (this.server !== server) {
			accepted(() => true).destroy();
			return;
		}
		const conn = this.past.connections++;
		const connection = new FaultConnection(this, conn, this.tls ? this.tls.accepted(accepted, conn) : accepted);
		this.connections.add(connection);
		connection.open();
	}

	private stop(): void {
		this.server?.close();
		this.server = null;
		for (const connection of [...this.connections]) connection.destroy();
	}
}
