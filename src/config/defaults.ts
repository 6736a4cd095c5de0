import { parseExpectation } from '../model/bound.js';
import type {
	BuiltinReplica,
	ClientSpec,
	EjectionSpec,
	Expectation,
	FaultSpec,
	GrpcJsRetry,
	GrpcJsSpec,
	MixEntry,
	ReadySpec,
	RetrySpec,
	SlowStartSpec,
	TrafficSpec,
	UndiciRetry,
	UndiciSpec,
} from '../model/plan.js';
import type { DeploySpec, RecoverySpec } from '../model/recovery.js';
import type { ConsulRegister, EtcdRegister, ZookeeperRegister } from '../model/registration.js';
import { isIdempotent } from '../workload/idempotence.js';

/** What daruma.yaml leaves out; docs/daruma-yaml.md repeats it and `--dry-run` prints it. */
export const REPLICAS = 3;
export const replica = (kind: BuiltinReplica['kind'] = 'http'): BuiltinReplica => ({ kind, serviceMs: 50 });
export const ready = (): ReadySpec => ({ check: { kind: 'tcp' }, withinMs: 10_000 });

export const consulRegister = (): Omit<ConsulRegister, 'service'> => ({
	kind: 'consul',
	url: 'http://127.0.0.1:8500',
	check: 'ttl',
	ttlMs: 2000,
	path: '/',
});
export const zookeeperRegister = (): Omit<ZookeeperRegister, 'path'> => ({ kind: 'zookeeper', hosts: '127.0.0.1:2181', layout: 'curator', sessionMs: 4000 });
export const etcdRegister = (): Omit<EtcdRegister, 'prefix'> => ({ kind: 'etcd', url: 'http://127.0.0.1:2379', leaseMs: 2000 });

export const BASELINE_MS = 4000;
export const AFTER_MS = 12_000;

export const retry = (): RetrySpec => ({
	attempts: 3,
	baseMs: 50,
	maxMs: 1000,
	jitter: 'full',
	methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'],
	statuses: [502, 503, 504],
	unsent: true,
	elsewhere: true,
	budget: { ratio: 0.2, minPerSecond: 10 },
});
export const ejection = (): EjectionSpec => ({ failures: 3, forMs: 5000, maxShare: 0.5 });
/** What `slowStart: {}` means; absent it is off, as in Envoy. */
export const slowStart = (): SlowStartSpec => ({ windowMs: 10_000, aggression: 1, minShare: 0.1 });
export const client = (): ClientSpec => ({
	kind: 'client',
	policy: 'p2c',
	weights: {},
	retry: retry(),
	timeoutMs: 1000,
	deadlineMs: null,
	ejection: ejection(),
	slowStart: null,
	keys: 1000,
});

/** The libraries' own defaults, but for the policy: grpc-js would stay with one node (pick_first) until that fails. */
export const grpcJs = (from: string): GrpcJsSpec => ({ kind: 'grpcJs', policy: 'round_robin', retry: null, keepalive: null, config: null, from });
export const undici = (from: string): UndiciSpec => ({ kind: 'undici', pool: 'balanced', retry: null, from });
/** What `retry: {}` means. grpc-js has no retry of its own; undici's are those of RetryAgent. */
export const grpcJsRetry = (): GrpcJsRetry => ({ attempts: 4, baseMs: 100, maxMs: 1000, multiplier: 2, statuses: ['UNAVAILABLE'] });
export const keepalive = (): NonNullable<GrpcJsSpec['keepalive']> => ({ timeMs: 2000, timeoutMs: 1000 });
export const undiciRetry = (): UndiciRetry => ({
	attempts: 6,
	baseMs: 500,
	maxMs: 30_000,
	multiplier: 2,
	methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'],
	statuses: [500, 502, 503, 504, 429],
});

/** A unary call of `method`, package.Service/Method, with an empty message. */
export const grpcEntry = (method: string): MixEntry => ({
	...mixEntry('POST', `/${method}`),
	grpc: { ok: [0], encoding: 'text' },
});
export const grpcMix = (): MixEntry[] => [
	{ ...grpcEntry('daruma.Task/Get'), share: 0.5, idempotent: true },
	{ ...grpcEntry('daruma.Task/Add'), share: 0.5 },
];
/** How long a command of one's own may go on after the schedule. */
export const FINISH_MS = 30_000;

export const mixEntry = (method = 'GET', path = '/'): MixEntry => ({
	method,
	path,
	share: 1,
	headers: {},
	body: null,
	idempotent: isIdempotent(method),
	ok: { op: '<', status: 400 },
});
/** Half of it may be sent twice, half may not: replays show only with both. */
export const mix = (path = '/'): MixEntry[] => [
	{ ...mixEntry('GET', path), share: 0.5 },
	{ ...mixEntry('POST', path), share: 0.5, headers: { 'content-type': 'application/json' }, body: '{"n":1}' },
];
export const traffic = (): TrafficSpec => ({ rate: 200, pacing: 'constant', timeoutMs: 5000, connections: 'pooled', mix: mix() });

/** Each kind with all of its parameters. */
export const fault = (kind: FaultSpec['kind']): FaultSpec => ({ kind, target: 'one', atMs: 0, forMs: 10_000, ...PARAMETERS[kind] });
const PARAMETERS: Record<FaultSpec['kind'], Partial<FaultSpec>> = {
	kill: {},
	freeze: {},
	term: {},
	crash: { share: 1, methods: [] },
	reset: { share: 1 },
	blackhole: { share: 1 },
	delay: { latencyMs: 200, jitterMs: 0, share: 1 },
	drop: { share: 0.3, unit: 'request' },
	error: { share: 1, status: 503 },
	partition: { direction: 'both' },
};

/** When nothing is expected: users hardly notice, and nothing that must not happen twice reaches replicas twice. */
export const expectations = (): Expectation[] => expectAll('availability >= 99%', 'nonIdempotentReplayed == 0');

/** The same with traffic of one's own: what users notice is in its exit code, and only ids tell what was sent twice. */
export const ownExpectations = (ids: boolean): Expectation[] => (ids ? expectAll('nonIdempotentReplayed == 0') : []);

/** Bounds that are written in daruma itself. */
export const expectAll = (...written: string[]): Expectation[] =>
	written.map((text) => {
		const parsed = parseExpectation(text);
		if ('expected' in parsed) throw new Error(`${text}: expected ${parsed.expected}`);
		return parsed;
	});

/** The same again, in a new process. */
export const deploy = (): DeploySpec => ({ gate: { probes: 3, withinMs: 10_000 }, graceMs: 5000, drain: true });
/** What `recovery: { do: restart }` means; absent, nobody mends before the heal. */
export const recovery = (): RecoverySpec => ({
	do: 'restart',
	detect: { everyMs: 200, timeoutMs: 500, fall: 3, rise: 2 },
	limits: {
		backoff: { baseMs: 500, maxMs: 30_000, jitter: 'full' },
		most: 5,
		windowMs: 60_000,
		stableMs: 30_000,
		holdMs: 2000,
		maxShare: 0.5,
		together: 1,
	},
	deploy: deploy(),
	compare: false,
});
