import type { Ledger } from '../ledger/join.js';
import type { MetricInfo } from '../model/metrics.js';

/** Lag is recorded for periods of this length; a period without a line was at most 1 ms late. */
const PERIOD_MS = 100;

/** Times that begin when daruma itself saw a fault heal. (When one begins is stamped just before the signal goes out: a late loop cannot move it.) */
const SEEN_BY_DARUMA: ReadonlySet<string> = new Set(['timeToRecoverMs', 'failbackMs']);

/** A stall of ours longer ago than this before the fault has nothing to do with what the fault did. */
const LEAD_MS = 2000;

/**
 * The process whose lag matters most for this metric, with the p99 of its periods from shortly before the fault to the
 * end of traffic; null if the generator's was not recorded. The generator counts for all; for times also the taps that the
 * fault did not stop, and daruma where it saw the heal.
 */
export const lagOf = (ledger: Ledger, info: MetricInfo, taps = true): { process: string; p99: number } | null => {
	const began = ledger.slice.phases.baseline ?? ledger.slice.startMs;
	// Without a fault the phase of its name is that of what was done instead.
	const struck = ledger.faults.length === 0 ? (ledger.slice.phases.fault ?? began) : Math.min(...ledger.faults.map((f) => f.effectiveMs ?? f.intendedMs));
	const from = Math.max(began, struck - LEAD_MS);
	const to = ledger.slice.trafficEndMs;
	const periods = Math.max(1, Math.round((to - from) / PERIOD_MS));
	const byProcess = new Map<string, number[]>();
	for (const event of ledger.lag) {
		if (event.t < from || event.t > to || !matters(event.process, ledger, info, taps)) continue;
		const list = byProcess.get(event.process) ?? [];
		byProcess.set(event.process, list);
		list.push(event.lagMs);
	}
	if (![...byProcess.keys()].some(isGenerator)) return null;
	let worst = { process: 'generator', p99: 0 };
	for (const [process, lags] of byProcess) {
		const p99 = p99OfPeriods(lags, Math.max(periods, lags.length));
		if (p99 >= worst.p99) worst = { process, p99 };
	}
	return worst;
};

const p99OfPeriods = (lags: readonly number[], periods: number): number => {
	const above = periods - Math.ceil(0.99 * periods);
	return [...lags].sort((a, b) => b - a)[above] ?? 1;
};

const isGenerator = (process: string): boolean => /generator|traffic/.test(process);

const matters = (process: string, ledger: Ledger, info: MetricInfo, taps: boolean): boolean => {
	if (isGenerator(process)) return true;
	if (info.unit !== 'ms') return false;
	if (process === 'daruma') return SEEN_BY_DARUMA.has(info.name);
	return taps && process.includes('tap') && !process.split(/[^A-Za-z0-9]+/).some((word) => ledger.targets.has(word));
};
