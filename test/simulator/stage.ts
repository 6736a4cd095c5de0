import type { ClientSpec, Expectation, ExperimentSpec, FaultSpec, MixEntry, Plan, TrafficSpec } from '../../src/model/plan.js';
import { client } from '../resilience/spec.js';

export const entry = (method: string, share = 1): MixEntry => ({
	method,
	path: '/task',
	share,
	headers: {},
	body: null,
	idempotent: method !== 'POST',
	ok: { op: '<', status: 400 },
});

export interface Scene {
	seed?: number;
	replicas?: number;
	serviceMs?: number;
	client?: ClientSpec;
	traffic?: Partial<TrafficSpec>;
	faults?: FaultSpec[];
	baselineMs?: number;
	afterMs?: number;
	repeat?: number;
	expect?: Expectation[];
}

/** A resolved plan around one experiment. */
export const plan = (scene: Scene = {}): Plan => {
	const experiment: ExperimentSpec = {
		name: 'simulated',
		faults: scene.faults ?? [],
		baselineMs: scene.baselineMs ?? 2000,
		afterMs: scene.afterMs ?? 3000,
		repeat: scene.repeat ?? 1,
		expect: scene.expect ?? [],
		allow: [],
		line: null,
	};
	return {
		version: 1,
		file: null,
		seed: scene.seed ?? 7,
		demo: false,
		cluster: { replicas: scene.replicas ?? 3, replica: { kind: 'http', serviceMs: scene.serviceMs ?? 50 }, tap: true },
		subject: scene.client ?? client(),
		traffic: { rate: 100, pacing: 'constant', timeoutMs: 2000, connections: 'pooled', mix: [entry('GET'), entry('POST')], ...scene.traffic },
		experiments: [experiment],
	};
};

export const fault = (kind: FaultSpec['kind'], more: Partial<FaultSpec> = {}): FaultSpec => ({ kind, target: 'n2', atMs: 0, forMs: 2000, ...more });
