import type { Answered, Assertion, Demand } from '../../model/assertion.js';
import type { MetricInfo } from '../../model/metrics.js';
import { findProbeMetric } from '../../model/probe-metrics.js';
import type { Measure } from '../../model/run.js';
import { judge } from '../judge.js';
import { unseen } from '../measure.js';
import { needForQuantile, quantile, shareInterval } from '../statistics.js';
import type { ProbeCheck } from './result.js';
import type { Tally } from './tally.js';

/** How the answers of one endpoint stood to one assertion. */
export class Held {
	readonly assertion: Assertion;
	private looked = 0;
	private brokenBy = 0;
	private found = '';

	constructor(assertion: Assertion) {
		this.assertion = assertion;
	}

	/** Null: it holds for this answer. */
	look(answer: Answered): string | null {
		const found = this.assertion.broken(answer);
		this.looked++;
		if (found !== null) {
			this.brokenBy++;
			this.found = found;
		}
		return found;
	}

	check(): ProbeCheck {
		const expect = this.assertion.text;
		if (this.looked === 0) return { expect, verdict: 'inconclusive', why: 'there was no answer to look at' };
		return this.brokenBy > 0
			? { expect, verdict: 'fail', why: `${this.brokenBy} of ${this.looked} answers: found ${this.found}` }
			: { expect, verdict: 'pass', why: `held in ${this.looked} of ${this.looked} answers` };
	}
}

const QUANTILES: Readonly<Record<string, number>> = { p50Ms: 0.5, p90Ms: 0.9, p99Ms: 0.99 };

const measure = (tally: Tally, metric: string): Measure => {
	const base = { kind: 'rate' as const, observedBy: 'client', evidence: [] };
	if (metric === 'availability') {
		const n = tally.counted;
		if (n === 0) return unseen('rate', 'client', 'nothing was heard of it');
		return { ...base, value: tally.good / n, ...shareInterval(tally.good, n), exposure: n };
	}
	const sorted = tally.latencies();
	if (sorted.length === 0) return unseen('rate', 'client', 'there was no good answer to measure', tally.counted);
	const q = QUANTILES[metric];
	if (q === undefined) {
		const value = (metric === 'minMs' ? sorted[0] : sorted.at(-1)) as number;
		return { ...base, value, lo: value, hi: value, exposure: sorted.length };
	}
	const found = quantile(sorted, q);
	const few = found?.hi === null ? { why: `its upper limit needs ${needForQuantile(q)} samples, and there are ${sorted.length}` } : {};
	return { ...base, value: found?.value ?? null, lo: found?.lo ?? null, hi: found?.hi ?? null, exposure: sorted.length, ...few };
};

/** One demand on all answers of an endpoint, judged as the metrics of a run are. */
export const judgeDemand = (tally: Tally, { text, metric, bound }: Demand): ProbeCheck => {
	const { verdict, why, next } = judge(measure(tally, metric), bound, [], findProbeMetric(metric) as MetricInfo);
	return { expect: text, verdict, why, ...(next !== undefined && { next: next.replace('requests', 'samples') }) };
};
