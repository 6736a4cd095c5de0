import { within } from '../../ledger/windows.js';
import { round, unseen } from '../measure.js';
import { chiSquareTail } from '../statistics.js';
import type { Metric } from '../view.js';

/** A skew is more than chance only if a fair share had produced it with less than this probability. */
const CHANCE = 0.001;

/** Busiest surviving node against the mean of the survivors, by receipts. Skew that chance explains (χ², n − 1 degrees of freedom) has a lower limit of 1. */
export const loadSkew: Metric = (view, window) => {
	const { ledger } = view;
	const survivors = ledger.nodes.filter((n) => !ledger.targets.has(n));
	if (survivors.length === 0) return unseen('rate', 'tap', 'no node survived');
	if (view.uncorrelated) return unseen('rate', 'tap', view.uncorrelated.why);
	const counts = new Map(survivors.map((n) => [n, 0]));
	for (const r of ledger.receipts) if (within(r.t, window.spans) && counts.has(r.node)) counts.set(r.node, counts.get(r.node)! + 1);
	const total = [...counts.values()].reduce((a, b) => a + b, 0);
	if (total === 0) return unseen('rate', 'tap', 'no request reached a surviving node');
	const mean = total / survivors.length;
	const value = round(Math.max(...counts.values()) / mean, 4);
	const chi = [...counts.values()].reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
	const chance = chiSquareTail(chi, survivors.length - 1) >= CHANCE;
	return {
		value,
		lo: chance ? Math.min(1, value) : value,
		hi: value,
		exposure: total,
		kind: 'rate',
		observedBy: 'tap',
		evidence: [...counts].map(([node, n]) => `${node}: ${n}`),
		...(chance && value > 1 ? { why: 'chance explains this much skew at this number of requests' } : {}),
	};
};
