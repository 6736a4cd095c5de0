import { rng } from '../model/rng.js';
import { pacer } from '../workload/pacer.js';
import type { Scene } from './scene.js';

/** Every request of a scene before any policy has seen it: all policies meet the same users with the same work (common random numbers). */
export interface Arrivals {
	count: number;
	/** Rising, ms. */
	atMs: Float64Array;
	/** Uniform: how much work it is, and whether a failing node fails it. */
	work: Float64Array;
	fate: Float64Array;
	client: Uint32Array;
	key: Uint32Array;
}

export const arrivals = (scene: Scene): Arrivals => {
	const { rate, pacing, durationMs, clients, keys, seed } = scene;
	const root = rng(seed);
	const due = pacer({ rate, pacing }, root);
	const times: number[] = [];
	for (let at = due(0); at < durationMs; at = due(times.length)) times.push(at);
	const count = times.length;
	const draw = (label: string): (() => number) => {
		const stream = root.fork(label);
		return () => stream.next();
	};
	const [work, fate, client, key] = [draw('work'), draw('fate'), draw('client'), draw('key')];
	return {
		count,
		atMs: Float64Array.from(times),
		work: Float64Array.from({ length: count }, work),
		fate: Float64Array.from({ length: count }, fate),
		client: Uint32Array.from({ length: count }, () => client() * clients),
		key: Uint32Array.from({ length: count }, () => key() * keys),
	};
};
