/**
 * The fault proxy as its users see it: the Toxiproxy API, the command line and the library all speak to this, and the
 * data plane implements it. Names and units are Toxiproxy's.
 */
export type Direction = 'upstream' | 'downstream';

/** Which connections (of toxics that act on requests: which requests) a toxic is for, and for how long: not in Toxiproxy, absent unless asked for. */
export interface ToxicScope {
	/** Removed by itself this many ms after it was added; an update that names it starts it anew. */
	duration?: number;
	/** It does nothing until this many ms after it was added. An update that names it, `on` or `off` begins anew. */
	start?: number;
	/** It works for so many ms, then rests for `off` ms, and so on. */
	on?: number;
	/** 0: it does not rest. */
	off?: number;
	/** Only the first so many connections that come after it was added (those already open are left alone, as with `after` and `every`). */
	first?: number;
	/** None of the first so many. */
	after?: number;
	/** Only every k-th. With `after`, counted behind those. */
	every?: number;
	/** Only clients of this address (`127.0.0.1`), subnet (`10.0.0.0/8`) or address and port (`127.0.0.1:5000`). */
	client?: string;
}

/** As the API shows it. All attributes of the type are always present, zero-filled; additional ones only where they differ from their default. */
export interface ToxicState extends ToxicScope {
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
	/** Not in Toxiproxy: shown only where it differs from its default. */
	additional?: true;
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

/** How a proxy speaks TLS with its clients. Certificates and keys are PEM, or the path of a PEM file, which is read when it is set. */
export interface TlsTermination {
	cert?: string;
	/** Never shown by the API, unless it is a path. */
	key?: string;
	/** Clients must show a certificate of one of these authorities (mTLS). */
	clientCa?: string;
	/** Instead of `cert` and `key`: made when it is set, for localhost, 127.0.0.1, ::1 and `names`; `cert` is then what clients may trust. */
	selfSigned?: boolean;
	names?: readonly string[];
}

/** How a proxy speaks TLS with its upstream. The certificate is verified unless it is told not to. */
export interface TlsOrigination {
	/** Trusted instead of the authorities that Node knows. */
	ca?: string;
	/** Shown to the upstream (mTLS). */
	cert?: string;
	key?: string;
	/** Asked for (SNI) and expected in the certificate; default: the upstream's host. */
	servername?: string;
	/** Whatever the upstream shows is taken. */
	insecure?: boolean;
}

/** What Toxiproxy does not offer, off by default. */
export interface ProxyOptions {
	/** FIN is passed on and the other direction lives on; Toxiproxy closes both. */
	halfClose: boolean;
	/** A client's or upstream's RST is passed on as RST; Toxiproxy makes a FIN of it. */
	keepReset: boolean;
	/** An upstream that does not answer is given up after this many ms, and the client is closed. Toxiproxy waits for the system. */
	dialTimeout: number;
	/** Of datagrams: a flow that nothing came through for this many ms is forgotten. */
	idleTimeout: number;
	/** Of datagrams: beyond so many flows the one that was idle for longest is forgotten. */
	maxFlows: number;
	/** A TLS handshake that takes longer is given up. ms */
	handshakeTimeout: number;
	/** Null: what clients send is passed on as it is. */
	tls: TlsTermination | null;
	upstreamTls: TlsOrigination | null;
	/**
	 * Which protocols may be agreed on by ALPN, best first. With TLS on both sides the upstream chooses among what the
	 * client offers, and this limits it; with TLS on one side it is what the other side speaks. Empty: no limit, or none.
	 */
	alpn: readonly string[];
}

export interface FaultProxy {
	readonly options: Readonly<ProxyOptions>;
	/** Holds for connections from now on. Throws {@link TlsError}, and then nothing has changed. */
	setOptions(change: Partial<ProxyOptions>): void;
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
	updateToxic(name: string, change: { toxicity?: number; attributes?: Record<string, unknown> } & ToxicScope): ToxicState;
	removeToxic(name: string): void;
	/** Toxiproxy's rules (reference 1.4): a real change stops, changes, starts; rejects with {@link ListenError}, then it stays disabled with the new listen value. */
	update(change: { listen?: string; upstream?: string; enabled?: boolean }): Promise<void>;
	/** How many requests each toxic has hit, of those that act on requests. */
	injected(): { toxic: string; type: string; requests: number }[];
	/** `received` and `sent` in bytes; a flow of datagrams counts as a connection. */
	counters(): {
		received: Record<Direction, number>;
		sent: Record<Direction, number>;
		connections: number;
		open: number;
		/** Of a `udp://` proxy only. */
		datagrams?: DatagramTotals;
	};
}

/** Per direction, in datagrams; copies made by `duplicate` are sent, not received. */
export interface DatagramTotals {
	received: Record<Direction, number>;
	sent: Record<Direction, number>;
	/** Dropped by toxics. */
	lost: Record<Direction, number>;
	/** Dropped because too many bytes waited already. */
	overflow: Record<Direction, number>;
	/** The system would not take it: too long, or no route. */
	unsent: Record<Direction, number>;
	/** How often the upstream's machine has said that nobody is there. */
	refused: number;
}

/** A certificate, key or file that cannot be used. */
export interface TlsError extends Error {
	code: 'E_TLS';
}

/** `message` is Toxiproxy's text: "listen tcp 127.0.0.1:8474: bind: address already in use". */
export interface ListenError extends Error {
	code: 'E_LISTEN';
}

/** What happened to which connection, or flow of datagrams; `conn` counts a proxy's connections from 0. `t` in ms since the proxies were created. */
export type ProxyEvent = { t: number; proxy: string } & (
	| { kind: 'connection'; conn: number; client: string }
	/** The upstream could not be reached; the client has been closed. */
	| { kind: 'unreachable'; conn: number; error: string }
	/** The upstream's machine says that a datagram could not be delivered (ICMP); the flow goes on. */
	| { kind: 'refused'; conn: number; error: string }
	/** From here on this toxic works on this connection. */
	| { kind: 'hit'; conn: number; client: string; toxic: string; type: string; stream: string }
	/** A handshake is done: what was agreed on. */
	| { kind: 'tls'; conn: number; peer: 'client' | 'upstream'; protocol: string; alpn: string | null; servername: string | null }
	/** A handshake failed or took too long; the connection has been closed. */
	| { kind: 'tls-failed'; conn: number; peer: 'client' | 'upstream'; error: string }
	/** This toxic acts on this request. `action` is for people: "status 503". */
	| { kind: 'request-hit'; conn: number; client: string; toxic: string; method: string; path: string; action: string }
	/** Toxics of requests do not act on this connection any more, and why: it is passed on as raw bytes, or closed (HTTP/2, with GOAWAY). */
	| { kind: 'opaque'; conn: number; why: string }
	| { kind: 'closed'; conn: number; received: Record<Direction, number>; sent: Record<Direction, number> }
	| { kind: 'toxic-added' | 'toxic-updated' | 'toxic-removed' | 'toxic-expired'; toxic: string }
	/** A toxic with a schedule begins to work, or to rest. */
	| { kind: 'toxic-on' | 'toxic-off'; toxic: string }
);

export interface Proxies {
	/** Hears of every event from now on. The returned function ends it. */
	subscribe(hear: (event: ProxyEvent) => void): () => void;
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
