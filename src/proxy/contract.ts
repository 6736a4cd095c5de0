/**
 * The fault proxy as its users see it: the Toxiproxy API, the command line and the library all speak to this, and the
 * data plane implements it. Names and units are Toxiproxy's.
 */
export type Direction = 'upstream' | 'downstream';

/** As the API shows it. All attributes of the type are always present, zero-filled. */
export interface ToxicState {
	name: string;
	type: string;
	/** As typed ("UPSTREAM" stays so); the direction is read without case. */
	stream: string;
	toxicity: number;
	attributes: Record<string, number | string | boolean>;
}

export interface AttributeInfo {
	kind: 'int64' | 'int' | 'float' | 'string' | 'boolean';
	default: number | string | boolean;
	/** The name of the field in Toxiproxy's Go struct, for its error texts: `LatencyToxic.attributes.latency`. */
	goField: string;
}

/** What a toxic type knows of itself, for the API's decoding and the command line's help. */
export interface ToxicInfo {
	type: string;
	/** `LatencyToxic`: as Go names it in error texts; ours for types that Toxiproxy does not have. */
	goType: string;
	summary: string;
	attributes: Record<string, AttributeInfo>;
	/** A sentence if these values make no sense (Toxiproxy would hang or crash), else null. */
	objection(attributes: Record<string, unknown>): string | null;
}

export interface FaultProxy {
	readonly name: string;
	/** Resolved once it listens ("127.0.0.1:42121"); as written while disabled. */
	readonly listen: string;
	readonly upstream: string;
	readonly enabled: boolean;
	/** Upstream toxics first, then downstream, each in chain order. */
	toxics(): ToxicState[];
	toxic(name: string): ToxicState | undefined;
	/** Applies to open connections at once, and waits for nobody. The caller has validated: the name is free, the type exists. */
	addToxic(toxic: ToxicState): ToxicState;
	updateToxic(name: string, change: { toxicity?: number; attributes?: Record<string, unknown> }): ToxicState;
	removeToxic(name: string): void;
	/** Toxiproxy's rules (reference 1.4): a real change stops, changes, starts; rejects with {@link ListenError}, then it stays disabled with the new listen value. */
	update(change: { listen?: string; upstream?: string; enabled?: boolean }): Promise<void>;
	counters(): { received: Record<Direction, number>; sent: Record<Direction, number>; connections: number; open: number };
}

/** `message` is Toxiproxy's text: "listen tcp 127.0.0.1:8474: bind: address already in use". */
export interface ListenError extends Error {
	code: 'E_LISTEN';
}

export interface Proxies {
	list(): FaultProxy[];
	get(name: string): FaultProxy | undefined;
	/** The caller has validated: the name is free, upstream is there. */
	create(spec: { name: string; listen: string; upstream: string; enabled: boolean }): Promise<FaultProxy>;
	/** Closes its listener and all its connections at once. */
	delete(name: string): Promise<void>;
	/** Enables every disabled proxy, removes every toxic; the first failing start rejects and stops half-way. */
	reset(): Promise<void>;
	close(): Promise<void>;
}
