import type { RemoteInfo, Socket } from 'node:dgram';
import type { Rng } from '../../model/rng.js';
import type { DatagramTotals, Direction, FaultProxy, ProxyOptions, ToxicScope, ToxicState } from '../contract.js';
import type { DueHeap } from '../due-heap.js';
import { DEFAULTS, type ProxyParts } from '../fault-proxy.js';
import { type Address, listenError } from '../listen-address.js';
import { ToxicChains } from '../toxic-chains.js';
import { resolveUdpListen, udpBindError, udpText, udpUpstream } from './address.js';
import { addCounts, type DatagramCounts, noDatagrams } from './datagram-link.js';
import { Flow, type FlowSide } from './flow.js';
import { misplaced } from './toxics/index.js';
import { bindUdp, dialUdp, sendTo, type UpstreamHearer, type UpstreamSocket } from './udp-sockets.js';

const DIRECTIONS = ['upstream', 'downstream'] as const;
const MOST_HELD = 64 * 1024 * 1024;
const MOST_HELD_PER_LINK = 16 * 1024 * 1024;

/**
 * A bound socket, and a flow per client address: a flow is to datagrams what a connection is to streams.
 *
 *     client a ─┐                 ┌─ flow a, own socket ─┐
 *               ├─▶ bound socket ─┤                      ├─▶ upstream
 *     client b ─┘                 └─ flow b, own socket ─┘
 */
export class UdpProxy implements FaultProxy, FlowSide {
	readonly name: string;
	readonly heap: DueHeap;
	readonly chance: Rng;
	readonly room = { held: 0, most: MOST_HELD, mostPerLink: MOST_HELD_PER_LINK };
	options: ProxyOptions = DEFAULTS;
	listen: string;
	upstream: string;
	private readonly hearer: ProxyParts['hearer'];
	/** By address and port, the one that was idle for longest first. */
	private readonly flows = new Map<string, Flow>();
	private readonly toxicChains: ToxicChains;
	private readonly altered: () => void;
	private readonly past: Record<Direction, DatagramCounts> = { upstream: noDatagrams(), downstream: noDatagrams() };
	private begun = 0;
	private refusals = 0;
	private socket: Socket | null = null;
	/** Changes of the socket follow one another. */
	private turn: Promise<unknown> = Promise.resolve();

	constructor({ name, listen, upstream, heap, chance, hearer, changed = () => {} }: ProxyParts) {
		this.name = name;
		this.listen = listen;
		this.upstream = upstream;
		this.heap = heap;
		this.chance = chance;
		this.hearer = hearer;
		this.toxicChains = new ToxicChains({ heap, shaped: () => this.flows.values(), tell: (event) => this.tell(event), altered: changed });
		this.altered = changed;
	}

	get chains(): ToxicChains['chains'] {
		return this.toxicChains.chains;
	}

	get enabled(): boolean {
		return this.socket !== null;
	}

	setOptions(change: Partial<ProxyOptions>): void {
		this.options = { ...this.options, ...change };
		this.altered();
	}

	toxics(): ToxicState[] {
		return this.toxicChains.states();
	}
	toxic(name: string): ToxicState | undefined {
		return this.toxicChains.state(name);
	}
	addToxic(toxic: ToxicState): ToxicState {
		const objection = misplaced(toxic.type, true);
		if (objection) throw new Error(objection);
		return this.toxicChains.add(toxic);
	}
	updateToxic(name: string, change: { toxicity?: number; attributes?: Record<string, unknown> } & ToxicScope): ToxicState {
		return this.toxicChains.update(name, change);
	}
	removeToxic(name: string): void {
		this.toxicChains.remove(name);
	}

	/** Datagrams are no requests. */
	injected(): [] {
		return [];
	}

	update(change: { listen?: string; upstream?: string; enabled?: boolean }): Promise<void> {
		return this.inTurn(async () => {
			const wanted = change.enabled ?? this.enabled;
			const listen = change.listen ?? this.listen;
			const upstream = change.upstream ?? this.upstream;
			const resolved = udpText(await resolveUdpListen(listen));
			if (resolved !== this.listen || upstream !== this.upstream) {
				this.stop();
				this.listen = listen;
				this.upstream = upstream;
			}
			if (wanted && !this.enabled) await this.start();
			else if (!wanted) this.stop();
		});
	}

	enable(): Promise<void> {
		return this.inTurn(() => (this.enabled ? Promise.resolve() : this.start()));
	}
	close(): Promise<void> {
		this.stop();
		return this.inTurn(async () => {
			this.stop();
			this.toxicChains.close();
		});
	}

	counters(): ReturnType<FaultProxy['counters']> & { datagrams: DatagramTotals } {
		const sums = { upstream: { ...this.past.upstream }, downstream: { ...this.past.downstream } };
		for (const { links } of this.flows.values()) for (const direction of DIRECTIONS) addCounts(sums[direction], links[direction].counts);
		const of = (key: keyof DatagramCounts): Record<Direction, number> => ({ upstream: sums.upstream[key], downstream: sums.downstream[key] });
		return {
			received: of('bytesReceived'),
			sent: of('bytesSent'),
			connections: this.begun,
			open: this.flows.size,
			datagrams: {
				received: of('received'),
				sent: of('sent'),
				lost: of('lost'),
				overflow: of('overflow'),
				unsent: of('unsent'),
				refused: this.refusals,
			},
		};
	}

	dial(hear: UpstreamHearer): UpstreamSocket | null {
		const to = udpUpstream(this.upstream);
		return to && dialUdp(to, hear);
	}
	answer(to: { address: string; port: number }, bytes: Uint8Array, failed: () => void): boolean {
		return this.socket !== null && sendTo(this.socket, bytes, to, failed);
	}
	get heard(): boolean {
		return this.hearer() !== null;
	}
	tell(event: Parameters<FlowSide['tell']>[0]): void {
		this.hearer()?.({ t: this.heap.now(), proxy: this.name, ...event });
	}
	refused(flow: Flow, error: string): void {
		this.refusals++;
		this.tell({ kind: 'refused', conn: flow.conn, error });
	}
	used(flow: Flow): void {
		const key = keyOf(flow.client);
		if (this.flows.delete(key)) this.flows.set(key, flow);
	}
	gone(flow: Flow): void {
		if (!this.flows.delete(keyOf(flow.client))) return;
		for (const direction of DIRECTIONS) addCounts(this.past[direction], flow.links[direction].counts);
	}

	private take(bytes: Buffer, { address, port }: RemoteInfo): void {
		// A client cannot have port 0, and nobody could answer it.
		if (port === 0) return;
		const there = this.flows.get(keyOf({ address, port }));
		if (there) {
			this.used(there);
			there.receive(bytes);
			return;
		}
		while (this.flows.size >= this.options.maxFlows) this.flows.values().next().value?.end();
		const flow = new Flow(this, this.begun++, { address, port });
		this.flows.set(keyOf(flow.client), flow);
		flow.open();
		flow.receive(bytes);
	}

	private inTurn(change: () => Promise<void>): Promise<void> {
		const done = this.turn.then(change).finally(this.altered);
		this.turn = done.catch(() => {});
		return done;
	}

	private async start(): Promise<void> {
		let at: Address;
		try {
			at = await resolveUdpListen(this.listen);
		} catch (error) {
			throw listenError(`listen udp: ${(error as Error).message}`);
		}
		const hear = (bytes: Buffer, from: RemoteInfo): void => {
			if (this.socket === socket) this.take(bytes, from);
		};
		const socket = await bindUdp(at, hear)
			.catch((error: NodeJS.ErrnoException) => {
				// A machine without IPv6.
				if (at.host === '::' && error.code === 'EAFNOSUPPORT') return bindUdp({ host: '0.0.0.0', port: at.port }, hear);
				throw error;
			})
			.catch((error: NodeJS.ErrnoException) => {
				throw udpBindError(at, error);
			});
		const { address, port } = socket.address();
		this.listen = udpText({ host: address, port });
		this.socket = socket;
	}

	private stop(): void {
		this.socket?.close();
		this.socket = null;
		for (const flow of [...this.flows.values()]) flow.end();
	}
}

const keyOf = ({ address, port }: { address: string; port: number }): string => `${address} ${port}`;
