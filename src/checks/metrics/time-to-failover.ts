import type { Entry } from '../../ledger/entry.js';
import { idsOf } from '../measure.js';
import type { Metric, View } from '../view.js';
import { type EffectiveFault, type EventTime, effectiveFaults, worst } from './events.js';
import { latencyOf } from './latency.js';

/** Good requests in a row that show a failover: so many that missing a fault that would hit this share of requests has a chance below 1 %, and at least 30. */
export const runNeeded = (hit: number): number => (hit >= 1 ? 30 : Math.max(30, Math.ceil(Math.log(0.01) / Math.log1p(-hit))));

/** A drop without a stated share meets 30 % of requests, every other fault all of them. */
const shareOf = (fault: EffectiveFault): number => fault.spec?.share ?? (fault.kind === 'drop' ? 0.3 : 1);

/**
 * Fault effective → first of N consecutive requests, by intended time, that all succeed before anybody mends the
 * fault. Requests that hang until the heal have not been saved by a failover, even if they end well.
 */
export const timeToFailover: Metric = (view, _window) => {
	const faults = effectiveFaults(view.ledger);
	const slowest = view.baseline.settled.reduce((max, e) => Math.max(max, latencyOf(e)), 0);
	return worst(
		faults.map((f) => failover(view, f, slowest)),
		'client',
		'no fault was seen to take effect',
	);
};

const failover = (view: View, fault: EffectiveFault, slowest: number): EventTime => {
	const { effectiveMs: from, mendedMs: to } = fault;
	const sent = view.ledger.entries.filter((e) => e.request.t >= from && e.request.t < to);
	const saved = (e: Entry): boolean => e.state === 'ok' && e.request.endMs <= to;
	const bad = (e: Entry): boolean => e.state === 'failed' || (e.request.endMs > to && latencyOf(e) > slowest);
	const needed = runNeeded(Math.max(0.001, shareOf(fault)) / view.ledger.nodes.length);
	const late = fault.seenMs - from;
	let run = 0;
	let lastBad = -1;
	for (const [i, entry] of sent.entries()) {
		run = saved(entry) ? run + 1 : 0;
		if (bad(entry)) lastBad = i;
		if (run < needed) continue;
		const evidence = idsOf(sent.slice(0, i).filter(bad));
		const first = sent[i - needed + 1]!.request.t - from;
		if (lastBad < 0) return { value: 0, lo: 0, hi: first };
		return { value: first, lo: Math.max(0, sent[lastBad]!.request.t - from - late), hi: first, evidence };
	}
	const evidence = idsOf(sent.filter(bad).slice(-20));
	if (lastBad < 0)
		return { value: null, lo: 0, hi: null, why: `only ${sent.length} requests while the fault lasted, ${needed} good ones in a row show a failover` };
	const lo = lastBad === sent.length - 1 ? to - from : sent[lastBad]!.request.t - from;
	return { value: null, lo: Math.max(0, lo - late), hi: null, why: `never ${needed} good requests in a row before the fault was mended`, evidence };
};
