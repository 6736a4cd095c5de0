import type { FaultKind } from './fault.js';
import type { ActionSpec, RecoverySpec } from './recovery.js';
import type { RegisterSpec } from './registration.js';

/** A daruma.yaml after defaults and flags: everything resolved, all times in ms, JSON through and through. */
export interface Plan {
	version: 1;
	/** Where it came from, for messages; null for the demo. */
	file: string | null;
	seed: number;
	demo: boolean;
	cluster: ClusterSpec;
	subject: SubjectSpec;
	traffic: TrafficSpec;
	experiments: ExperimentSpec[];
}

export interface ClusterSpec {
	replicas: number;
	replica: BuiltinReplica | CommandReplica;
	/** Where each node listens, n1 first: for a gateway whose configuration names them already. Absent: free ports. */
	ports?: number[];
	/** Off only in tests that compare with and without: every node normally stands behind its tap. */
	tap: boolean;
	/** Where each replica registers when it is ready. Absent: nowhere. */
	register?: RegisterSpec;
	/** How to find out which node leads, for faults at the leader. */
	leader?: LeaderSpec;
}
/** Asked at each node just before the fault; the one node that says yes leads. */
export type LeaderSpec =
	| { kind: 'http'; path: string; status: number /** A regular expression, or any body. */; body: string | null }
	/** Exit code 0 is yes; {listen} and {port} are the node's. */
	| { kind: 'exec'; argv: string[]; cwd: string };
export interface BuiltinReplica {
	/** HTTP/1.1, or gRPC over HTTP/2 without TLS. */
	kind: 'http' | 'grpc';
	serviceMs: number;
	/** They heartbeat each other, and publish what they see (`http` only). Absent: they do not. */
	mesh?: boolean;
}
export interface CommandReplica {
	kind: 'command';
	argv: string[];
	env: Record<string, string>;
	cwd: string;
	ready: ReadySpec;
}
/** When is a started process ready? The first good answer of this check, within `withinMs`. */
export interface ReadySpec {
	check: { kind: 'http'; path: string } | { kind: 'tcp' } | { kind: 'log'; pattern: string } | { kind: 'grpc'; service: string };
	withinMs: number;
}

export type SubjectSpec = ClientSpec | GrpcJsSpec | UndiciSpec | NginxSpec | HaproxySpec | CommandSubject | UrlSubject | NoSubject;
/** Subjects that live inside the generator: it sends to the nodes itself. */
export type InnerSubject = ClientSpec | GrpcJsSpec | UndiciSpec;
export const isInner = (subject: SubjectSpec): subject is InnerSubject => ['client', 'grpcJs', 'undici'].includes(subject.kind);
/** How traffic speaks TLS; files are absolute paths of PEM. An empty one trusts the system's roots. */
export interface TlsSpec {
	ca?: string;
	/** Ours, where the other side asks for one (mutual TLS). */
	cert?: string;
	key?: string;
	/** The name that is asked for and checked; the host of the address unless said. */
	servername?: string;
	/** Any certificate will do. */
	insecure?: boolean;
}
/** Already running, and not ours: it is never started, stopped or signalled. Its upstreams are the pinned ports of the cluster. */
export interface UrlSubject {
	kind: 'url';
	/** `http(s)://host:port/prefix`, `http(s)+unix:/run/x.sock:/prefix` */
	url: string;
	tls?: TlsSpec;
	/** Hosts beyond loopback that --allow permits. */
	allow?: string[];
}
/** Your own traffic talks to the nodes itself: whatever fails over is inside it. */
export interface NoSubject {
	kind: 'none';
}
export interface NginxSpec {
	kind: 'nginx';
	/** 'default', or the absolute path of a template. */
	config: string;
	tls?: TlsSpec;
}
export interface HaproxySpec {
	kind: 'haproxy';
	config: string;
	tls?: TlsSpec;
}
export interface CommandSubject {
	kind: 'command';
	/** Absent: it listens in plain text. */
	tls?: TlsSpec;
	argv: string[];
	env: Record<string, string>;
	cwd: string;
	ready: ReadySpec;
}

/** @grpc/grpc-js over all nodes. What is null is left to the library. */
export interface GrpcJsSpec {
	kind: 'grpcJs';
	policy: 'round_robin' | 'pick_first';
	retry: GrpcJsRetry | null;
	keepalive: { timeMs: number; timeoutMs: number } | null;
	/** A service config of one's own, in place of what `policy` and `retry` say. */
	config: Record<string, unknown> | null;
	/** The folder from which the library is resolved; daruma's own copy if there is none. */
	from: string;
}
/** gRFC A6, as in a service config. */
export interface GrpcJsRetry {
	/** Tries in all, the first included; the library itself allows at most 5. */
	attempts: number;
	baseMs: number;
	maxMs: number;
	multiplier: number;
	/** Names of codes. */
	statuses: string[];
}

/** undici over all nodes. */
export interface UndiciSpec {
	kind: 'undici';
	/** BalancedPool; or an Agent, with the origins handed out in turn as code does by hand. */
	pool: 'balanced' | 'round-robin';
	/** RetryAgent around it. */
	retry: UndiciRetry | null;
	from: string;
}
export interface UndiciRetry {
	/** Tries in all, the first included. */
	attempts: number;
	baseMs: number;
	maxMs: number;
	multiplier: number;
	methods: string[];
	statuses: number[];
}

/** How the built-in client can choose: by what a client sees for itself. */
export const POLICY_NAMES = [
	'random',
	'round-robin',
	'weighted',
	'weighted-edf',
	'least-load',
	'least-request',
	'p2c',
	'least-response-time',
	'peak-ewma',
	'p2c-peak-ewma',
	'max-throughput',
	'rendezvous',
	'ring',
	'maglev',
	'bounded-load',
] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];
/** These need nodes that report their load; the simulator and `rank` have them. */
export const REPORTED_POLICY_NAMES = ['orca-weighted', 'least-reported-load', 'prequal'] as const;
export type ChooserName = PolicyName | (typeof REPORTED_POLICY_NAMES)[number];
export const CHOOSER_NAMES: readonly ChooserName[] = [...POLICY_NAMES, ...REPORTED_POLICY_NAMES];
/** Send the requests of one key to one node. */
export const KEYED_POLICIES: readonly ChooserName[] = ['rendezvous', 'ring', 'maglev', 'bounded-load'];
/** Do not look at weights. */
export const UNWEIGHTED_POLICIES: readonly ChooserName[] = ['random', 'round-robin', 'orca-weighted', 'prequal'];

/** The built-in client. Every part can be switched off (null) or set wrong on purpose. */
export interface ClientSpec {
	kind: 'client';
	policy: PolicyName;
	/** By node, for the weighted policies; missing = 1. */
	weights: Record<string, number>;
	retry: RetrySpec | null;
	/** Per try; null = only the deadline ends a try. */
	timeoutMs: number | null;
	/** For the whole call, retries and waits included; null = none of its own (the generator's timeout still ends the request for the user). */
	deadlineMs: number | null;
	ejection: EjectionSpec | null;
	/** A node that comes back from ejection gets its weight step by step. Absent or null: at once. */
	slowStart?: SlowStartSpec | null;
	/** The registry that says which nodes there are (`consul://…`), followed live. Absent: all of the cluster, always. */
	resolve?: string;
	/** Of how many users each request is one's: the key of a keyed policy is drawn from so many. Absent: 1000. */
	keys?: number;
}
/** Envoy's slow start: weight × max(minShare, (t / windowMs)^(1 / aggression)). */
export interface SlowStartSpec {
	windowMs: number;
	aggression: number;
	minShare: number;
}
export interface RetrySpec {
	/** Tries in all, the first included; 0 = for ever. */
	attempts: number;
	baseMs: number;
	maxMs: number;
	jitter: 'none' | 'full' | 'equal' | 'decorrelated';
	/** Methods that may be sent again after their request may have reached a server. */
	methods: string[];
	/** Statuses that are retried for those methods. */
	statuses: number[];
	/** Retry any method when the request provably never left (refused while connecting). */
	unsent: boolean;
	/** Prefer a node that this call has not tried yet. */
	elsewhere: boolean;
	/** Retries ≤ ratio × calls + minPerSecond × 10 in a 10 s window (Finagle's RetryBudget); null = no budget. */
	budget: { ratio: number; minPerSecond: number } | null;
}
/** After `failures` failures in a row a node gets no calls for `forMs`, then one at a time until one succeeds. */
export interface EjectionSpec {
	failures: number;
	forMs: number;
	/** At most this share of the nodes is ejected at once (at least one may be). */
	maxShare: number;
}

export interface TrafficSpec {
	/** Requests per second, open loop; with `stages` the highest of theirs. */
	rate: number;
	/** The rate changes: one stretch after the other; the end of the last one goes on. Absent: `rate` all the time. */
	stages?: RateStage[];
	pacing: 'constant' | 'poisson';
	/** How long the user behind a request waits. */
	timeoutMs: number;
	connections: 'pooled' | 'fresh';
	mix: MixEntry[];
	/** So many clients, each with connections of its own and, for keyed policies, a key of its own. Absent: one pool. */
	clients?: number;
	/** Where an id survives a subject that strips x-daruma-id. */
	correlate?: Correlation;
	/** Your own traffic in place of ours: `rate`, `mix` and the rest then say nothing. */
	command?: TrafficCommand;
}
/** From one rate to another within `forMs`, linearly; requests a second. */
export interface RateStage {
	forMs: number;
	from: number;
	to: number;
}
export type Correlation =
	/** In lower case. */
	| { kind: 'header'; name: string }
	/** The trace id of `traceparent` (W3C Trace Context). */
	| { kind: 'trace' }
	| { kind: 'query'; name: string }
	/** A JSON pointer (RFC 6901) into a JSON body. */
	| { kind: 'body'; pointer: string };
/** A load generator or a test suite of yours. Its exit code is its verdict. */
export interface TrafficCommand {
	argv: string[];
	env: Record<string, string>;
	cwd: string;
	/** How long it may go on after the schedule, to come to its own end. */
	finishMs: number;
}
export interface MixEntry {
	method: string;
	path: string;
	/** Relative weight > 0. */
	share: number;
	headers: Record<string, string>;
	body: string | null;
	/** RFC 9110 9.2.2 by method, unless the user says otherwise. */
	idempotent: boolean;
	ok: OkPredicate;
	/** A unary gRPC call: `method` is POST, `path` is /package.Service/Method, `body` its message, `headers` its metadata. */
	grpc?: GrpcCallSpec;
}
export interface GrpcCallSpec {
	/** Codes that are good answers. */
	ok: number[];
	/** How `body` stands for the message's bytes. */
	encoding: 'text' | 'base64';
}
/** All of it must hold. Texts are `/pattern/flags`, or what must be contained. */
export interface OkPredicate extends StatusPredicate {
	body?: string;
	/** By name, in lower case. */
	header?: Record<string, string>;
}
/** `status < 400` and the like. */
export interface StatusPredicate {
	op: '<' | '<=' | '>' | '>=' | '==' | '!=';
	status: number;
}

export interface ExperimentSpec {
	name: string;
	faults: FaultSpec[];
	/** Undisturbed traffic before the first fault; and after the last heal. */
	baselineMs: number;
	afterMs: number;
	repeat: number;
	expect: Expectation[];
	/** Any of them, seen while it runs, heals at once and ends the run. Absent: none. */
	halt?: HaltCondition[];
	/** Metric names of unasked checks that this experiment allows to fail. */
	allow: string[];
	/** Where it stands in the file, for annotations: 1-based. */
	line: number | null;
	/** Done to nodes one after another while there is traffic. Absent: nothing. */
	actions?: ActionSpec[];
	/** Who mends what is down. Absent or null: nobody before the heal. */
	recovery?: RecoverySpec | null;
	/** It is what the experiment of this name is compared with: the same draws, no recovery, and no verdict of its own. */
	controlOf?: string;
}
/** Over the last `overMs`: the share of ended requests that were ok, or the number that failed; or the requests in flight now. */
export interface HaltCondition {
	metric: 'availability' | 'errors' | 'inFlight';
	op: '<' | '<=' | '>' | '>=';
	value: number;
	overMs: number;
	/** As the user wrote it. */
	text: string;
}
export interface FaultSpec {
	kind: FaultKind;
	/** 'one' (a seeded choice), 'majority', 'half', 'minority', 'all', 'leader', 'another', 'others', or a node's name. */
	target: string;
	/** After the baseline's end. */
	atMs: number;
	/** Of a fault that flaps or rolls: each time. */
	forMs: number;
	/** It comes `times` times at the same nodes, each time `everyMs` after the last (later, if that one had not been healed by then). */
	flap?: { everyMs: number; times: number };
	/** One of its nodes after the other: each begins `gapMs` after the one before was seen to answer again. */
	roll?: { gapMs: number };
	/** delay */
	latencyMs?: number;
	jitterMs?: number;
	/** delay, drop, error, reset, blackhole, crash: share of requests (connections, bytes) it meets, 0…1 */
	share?: number;
	/** drop */
	unit?: 'request' | 'connection' | 'bytes';
	/** error: of HTTP */
	status?: number;
	/** error: of gRPC, where it was asked for by name */
	grpcStatus?: number;
	/** crash: only a request with one of these methods trips it; empty = any */
	methods?: string[];
	/** partition: what is cut off, as the node sees it */
	direction?: 'both' | 'in' | 'out';
}
export interface Expectation {
	/** As the user wrote it: `p99`, `availability` … */
	name: string;
	/** The canonical name in {@link METRICS}. */
	metric: string;
	bound: Bound;
}
/** `value` in the metric's own unit: ms for times, 0…1 for ratios, else a count. */
export interface Bound {
	op: '<' | '<=' | '>' | '>=' | '==' | '!=';
	value: number;
	/** As the user wrote it: `<= 250ms`. */
	text: string;
}
