import type { PolicyStanding } from '../model/simulation.js';
import type { Arrivals } from './arrivals.js';
import type { Balanced } from './balance.js';
import type { Scene } from './scene.js';

/** One policy in one run of a scene. Ratios 0 … 1, times in ms; a percentile is null below the count that supports it. */
export type Summary = Omit<PolicyStanding, 'rank' | 'spread' | 'why'>;

/** Fewer than these, and the greatest one seen is the percentile (95 % confidence: 1 − q^n). */
const FOR_P99 = 299;
const FOR_P999 = 2995;

/** Nearest rank. */
export const quantile = (sorted: Float64Array, q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] as number;

export const summarise = (scene: Scene, arrivals: Arrivals, { policy, node, latencyMs, ok }: Balanced): Summary => {
	const first = arrivals.atMs.findIndex((at) => at >= scene.warmUpMs);
	const from = first < 0 ? arrivals.count : first;
	const requests = arrivals.count - from;
	const perNode = new Float64Array(scene.nodes.length);
	let good = 0;
	let sum = 0;
	for (let i = from; i < arrivals.count; i++) {
		perNode[node[i] as number]! += 1;
		sum += latencyMs[i] as number;
		if (ok[i] && (latencyMs[i] as number) < scene.withinMs) good += 1;
	}
	const sorted = latencyMs.slice(from).sort();
	return {
		policy,
		requests,
		success: good / requests,
		meanMs: sum / requests,
		p50Ms: quantile(sorted, 0.5),
		p99Ms: requests >= FOR_P99 ? quantile(sorted, 0.99) : null,
		p999Ms: requests >= FOR_P999 ? quantile(sorted, 0.999) : null,
		loadSkew: Math.max(...perNode) / (requests / scene.nodes.length),
		toDisturbed: toDisturbed(scene, arrivals, node, from),
	};
};

const toDisturbed = (scene: Scene, { atMs, count }: Arrivals, node: Uint16Array, from: number): number | null => {
	const { disturbances, nodes } = scene;
	let during = 0;
	let hit = 0;
	for (let i = from; i < count; i++) {
		const at = atMs[i] as number;
		const now = disturbances.filter(({ fromMs, toMs }) => at >= fromMs && at < toMs);
		if (now.length === 0) continue;
		during += 1;
		if (now.some((d) => d.node === nodes[node[i] as number]?.name)) hit += 1;
	}
	return during === 0 ? null : hit / during;
};

/** The share that a choice by chance would send to disturbed nodes, in the same time. */
export const fairShareOfDisturbed = ({ disturbances, nodes, durationMs }: Scene): number => {
	const edges = [...new Set(disturbances.flatMap(({ fromMs, toMs }) => [fromMs, Math.min(toMs, durationMs)]))].sort((a, b) => a - b);
	let time = 0;
	let share = 0;
	for (let i = 1; i < edges.length; i++) {
		const [from, to] = [edges[i - 1] as number, edges[i] as number];
		const victims = new Set(disturbances.filter((d) => d.fromMs <= from && d.toMs > from).map((d) => d.node)).size;
		if (victims === 0) continue;
		time += to - from;
		share += ((to - from) * victims) / nodes.length;
	}
	return time === 0 ? 0 : share / time;
};
