import type { ChooserName } from '../../src/model/plan.js';
import { arrivals } from '../../src/simulator/arrivals.js';
import { balance } from '../../src/simulator/balance.js';
import type { Scene } from '../../src/simulator/scene.js';
import { type Summary, summarise } from '../../src/simulator/summary.js';

export const scene = (change: Partial<Scene> & { replicas?: number; service?: Scene['nodes'][number]['service'] } = {}): Scene => {
	const { replicas = 3, service = { kind: 'constant', meanMs: 50 }, ...rest } = change;
	return {
		nodes: Array.from({ length: replicas }, (_, i) => ({ name: `n${i + 1}`, weight: 1, service, failing: 0 })),
		disturbances: [],
		rate: 100,
		pacing: 'constant',
		durationMs: 10_000,
		warmUpMs: 0,
		timeoutMs: 10_000,
		withinMs: 10_000,
		clients: 1,
		keys: 1000,
		servers: Number.POSITIVE_INFINITY,
		netMs: 0,
		ejection: null,
		seed: 12_345,
		...rest,
	};
};

export const run = (of: Scene, policy: ChooserName): Summary => {
	const users = arrivals(of);
	return summarise(of, users, balance(of, users, policy));
};

/** Linkerd's comparison (2016): 11 backends of 167 ± 5 ms, 1000 requests a second for 60 s, one backend at 2 s in its middle; success within 1 s. */
export const LINKERD = scene({
	replicas: 11,
	service: { kind: 'normal', meanMs: 167, sdMs: 5 },
	rate: 1000,
	durationMs: 60_000,
	withinMs: 1000,
	disturbances: [{ kind: 'slow', node: 'n1', serviceMs: 2000, fromMs: 15_000, toMs: 45_000 }],
});

const SERVICE_MS = 100;
/** Poisson arrivals at n servers with exponential service, each at load λ; `services` mean service times long, the first third not counted. */
export const queues = (lambda: number, n: number, services: number, seed: number): Scene =>
	scene({
		replicas: n,
		service: { kind: 'exponential', meanMs: SERVICE_MS },
		servers: 1,
		pacing: 'poisson',
		rate: (lambda * n * 1000) / SERVICE_MS,
		durationMs: services * SERVICE_MS,
		warmUpMs: (services * SERVICE_MS) / 3,
		timeoutMs: 1e9,
		withinMs: 1e9,
		seed,
	});
export const inServices = (ms: number | null): number => (ms ?? Number.NaN) / SERVICE_MS;
