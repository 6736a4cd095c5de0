import type { LoadReport, Outcome } from './policy.js';

/** How loaded is a node? The second axis of the choosers that compare nodes: they take the least. */
export interface Load {
	sent(index: number, now: number): void;
	done(index: number, outcome: Outcome): void;
	of(index: number, now: number): number;
	reported?(index: number, report: LoadReport, now: number): void;
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

interface Memory {
	cost: number;
	at: number;
	pending: number;
}

/**
 * A decaying cost of latency × (pending + 1); `learn` says what one latency makes of a cost that kept the share `kept` of
 * its memory. Reading decays, so a node that was slow is tried again; a node without history is free (explored first)
 * until something is outstanding there. A failure counts as at least twice the cheapest other node: one that fails fast
 * must not look fast. Milliseconds.
 */
const latencyLoad = (tauMs: number, learn: (cost: number, seen: number, kept: number) => number): Load => {
	const nodes: Memory[] = [];
	const node = (index: number): Memory => {
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
			n.cost = n.cost === 0 ? seen : learn(n.cost, seen, Math.exp(-Math.max(0, now - n.at) / tauMs));
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

const averaged = (cost: number, seen: number, kept: number): number => cost * kept + seen * (1 - kept);

/** EWMA: each latency is averaged in with weight 1 − e^(−Δt/τ). */
export const ewma = (tauMs = 10_000): Load => latencyLoad(tauMs, averaged);

/** Peak EWMA (Finagle's PeakEwma.scala): a latency above the cost replaces it, one below is averaged in as by {@link ewma}. */
export const peakEwma = (tauMs = 10_000): Load => latencyLoad(tauMs, (cost, seen, kept) => (seen > cost ? seen : averaged(cost, seen, kept)));

/** The utilization that the node reported last; one that has not lately counts as the mean of those that have. */
export const reportedLoad = (expirationMs = 30_000): Load => {
	const reports: { utilization: number; at: number }[] = [];
	const fresh = (index: number, now: number): number | undefined => {
		const report = reports[index];
		return report && now - report.at < expirationMs ? report.utilization : undefined;
	};
	/** Of those that have reported lately; one pick asks for it once per silent node. */
	let mean = { at: Number.NaN, value: 0 };
	const meanAt = (now: number): number => {
		if (mean.at === now) return mean.value;
		const known = [...reports.keys()].flatMap((index) => fresh(index, now) ?? []);
		mean = { at: now, value: known.length === 0 ? 0 : known.reduce((sum, each) => sum + each, 0) / known.length };
		return mean.value;
	};
	return {
		sent() {},
		done() {},
		of: (index, now) => fresh(index, now) ?? meanAt(now),
		reported(index, { utilization }, now) {
			reports[index] = { utilization, at: now };
			mean.at = Number.NaN;
		},
	};
};

/** What a chooser passes on to a load that hears reports. */
export const heard = (load: Load): Pick<Load, 'reported'> => (load.reported ? { reported: (index, report, now) => load.reported?.(index, report, now) } : {});
