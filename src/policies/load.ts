import type { Outcome } from './policy.js';

/** How loaded is a node? The second axis of the choosers that compare nodes: they take the least. */
export interface Load {
	sent(index: number, now: number): void;
	done(index: number, outcome: Outcome): void;
	of(index: number, now: number): number;
}

/** Requests that this client has outstanding at the node. */
export const pendingLoad = (): Load => {
	const pending: number[] = [];
	return {
		sent(index) {
			pending[index] = (pending[index] ?? 0) + 1;
		},
		done(index) {
			pending[index] = Math.max(0, (pending[index] ?? 0) - 1);
		},
		of: (index) => pending[index] ?? 0,
	};
};

/** Finagle's penalty for a node without history that already has requests outstanding: worse than any known node. */
const PENALTY = Number.MAX_SAFE_INTEGER / 65_536;

/**
 * Peak EWMA (Finagle's PeakEwma.scala): a latency above the cost replaces it, one below is averaged in with weight
 * 1 − e^(−Δt/τ); reading decays the cost, so a node that was slow is tried again. Load = cost × (pending + 1); a node
 * without history is free (explored first) until something is outstanding there. Milliseconds.
 *
 * A failure counts as at least twice the cheapest other node: one that fails fast must not look fast.
 */
export const peakEwma = (tauMs = 10_000): Load => {
	const nodes: { cost: number; at: number; pending: number }[] = [];
	const node = (index: number) => {
		nodes[index] ??= { cost: 0, at: 0, pending: 0 };
		return nodes[index];
	};
	const costAt = (index: number, now: number): number => {
		const n = node(index);
		return n.cost * Math.exp(-Math.max(0, now - n.at) / tauMs);
	};
	const cheapestOther = (index: number, now: number): number => {
		let cheapest = Number.POSITIVE_INFINITY;
		for (const [other, n] of nodes.entries()) {
			if (other !== index && n !== undefined && n.cost > 0) cheapest = Math.min(cheapest, costAt(other, now));
		}
		return Number.isFinite(cheapest) ? cheapest : 0;
	};
	return {
		sent(index) {
			node(index).pending += 1;
		},
		done(index, { ok, latencyMs, now }) {
			const n = node(index);
			const seen = ok ? latencyMs : Math.max(latencyMs, 2 * cheapestOther(index, now));
			const kept = Math.exp(-Math.max(0, now - n.at) / tauMs);
			n.cost = seen > n.cost ? seen : n.cost * kept + seen * (1 - kept);
			n.at = now;
			n.pending = Math.max(0, n.pending - 1);
		},
		of(index, now) {
			const n = node(index);
			if (n.cost === 0) return n.pending === 0 ? 0 : PENALTY + n.pending;
			return costAt(index, now) * (n.pending + 1);
		},
	};
};
