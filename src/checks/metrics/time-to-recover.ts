import type { Ledger } from '../../ledger/join.js';
import { idsOf, unseen } from '../measure.js';
import type { Metric } from '../view.js';
import { type EventTime, worst } from './events.js';

/** Goodput of at least this part of the baseline's, in so many bins in a row. */
const SHARE = 0.95;
const BINS = 3;
/** A bin of at least this many requests, so that one failure is not an outage. */
const MIN_REQUESTS = 20;

/**
 * Last heal → start of the first three bins in a row whose share of good requests, by intended time, is at least 95 %
 * of the baseline's. A share of what was offered, so that the noise of Poisson arrivals is none of goodput.
 */
export const timeToRecover: Metric = (view, _window) => {
	const { ledger, baseline } = view;
	if (baseline.settled.length === 0) return unseen('time', 'client', 'no baseline to compare with');
	const usual = baseline.settled.filter((e) => e.state === 'ok').length / baseline.settled.length;
	return worst(
		calms(ledger).map((span) => recover(ledger, span, usual)),
		'client',
		'no fault was seen to heal',
	);
};

/** From each heal that left no fault in force to the next fault, or the end of traffic. */
export const calms = (ledger: Ledger): { fromMs: number; toMs: number }[] => {
	const healed = ledger.faults.map((f) => f.healedMs).filter((t): t is number => t !== null);
	if (healed.length < ledger.faults.length) return [];
	const begin = ledger.faults.map((f) => f.effectiveMs ?? f.intendedMs);
	return healed
		.filter((t, i) => ledger.faults.every((f, j) => j === i || t >= f.healedMs! || t < (f.effectiveMs ?? f.intendedMs)))
		.filter((t, i, all) => all.indexOf(t) === i)
		.map((fromMs) => ({ fromMs, toMs: Math.min(ledger.slice.trafficEndMs, ...begin.filter((t) => t > fromMs)) }))
		.filter((calm) => !isRest(ledger, calm));
};

/** Between two times of a fault that flaps or rolls nobody is given the time to recover, unless it would do for the bins. */
const isRest = (ledger: Ledger, { fromMs, toMs }: { fromMs: number; toMs: number }): boolean =>
	toMs - fromMs < BINS * 1000 &&
	ledger.faults.some(
		(next) =>
			(next.effectiveMs ?? next.intendedMs) === toMs &&
			(next.spec?.flap !== undefined || next.spec?.roll !== undefined) &&
			ledger.faults.some((last) => last.healedMs === fromMs && last.index === next.index),
	);

const recover = (ledger: Ledger, { fromMs, toMs }: { fromMs: number; toMs: number }, usual: number): EventTime => {
	const sent = ledger.entries.filter((e) => e.state !== 'open' && e.request.t >= fromMs && e.request.t < toMs);
	const length = toMs - fromMs;
	const width = Math.max(1000, sent.length === 0 ? 1000 : (MIN_REQUESTS * length) / sent.length);
	const bins = Array.from({ length: Math.floor(length / width + 1e-9) }, () => ({ good: 0, all: 0 }));
	for (const e of sent) {
		const bin = bins[Math.floor((e.request.t - fromMs) / width)];
		if (!bin) continue;
		bin.all += 1;
		if (e.state === 'ok') bin.good += 1;
	}
	const fine = bins.map((b) => b.all > 0 && b.good >= SHARE * usual * b.all);
	if (bins.length < BINS)
		return { value: null, lo: 0, hi: null, why: `the time after the heal was too short: ${BINS} bins of ${Math.round(width)} ms are needed` };
	const first = fine.findIndex((_, i) => i + BINS <= fine.length && fine.slice(i, i + BINS).every(Boolean));
	const evidence = idsOf(sent.filter((e) => e.state === 'failed'));
	const lastBad = fine.lastIndexOf(false);
	if (first < 0)
		return {
			value: null,
			lo: lastBad === fine.length - 1 ? length : lastBad * width,
			hi: null,
			why: 'goodput did not return for long enough within the run',
			evidence,
		};
	return { value: first * width, lo: Math.max(0, (first - 1) * width), hi: first * width, evidence };
};
