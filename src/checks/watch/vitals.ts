import type { Opinion, State } from '../../detectors/detector.js';
import { Histogram } from '../../model/histogram.js';
import { needForQuantile } from '../../model/order-statistics.js';
import type { Reason, Sample } from '../../model/sample.js';
import { Counts, needed, round } from '../probe/counts.js';
import type { Latencies, ProbedEndpoint } from '../probe/result.js';
import { FAILED, LOCAL, Recent } from './recent.js';
import { Uptime } from './uptime.js';

/** Percentiles on display are over the latest 600 to 1200 answers: enough for a p99, few enough to follow a change. */
const WINDOW = 600;

/** Upper limits of the buckets for Prometheus, in seconds: half a millisecond to half a minute. */
export const LATENCY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Used again for each percentile: a table asks for many, several times a second. */
const BOTH = new Histogram();

/** A percentile, or how many answers it takes to have one. */
export type Supported = { ms: number } | { needs: number };

/**
 * What is kept of one endpoint for as long as it is watched, in 10 to 30 KB whatever the number of samples: counts,
 * histograms, the latest latencies, how long it was in which state. Pure; times in ms on the watch's clock.
 */
export class Vitals extends Counts {
	readonly recent = new Recent();
	/** Of failed ones alone. */
	readonly failedBy: Partial<Record<Reason, number>> = {};
	/** Good answers by the buckets of {@link LATENCY_BUCKETS}, the last one without a limit; not cumulative. */
	readonly buckets = new Float64Array(LATENCY_BUCKETS.length + 1);
	sumMs = 0;
	changes = 0;
	state: State = 'unknown';
	/** When the state last changed; null: it never did. */
	changedMs: number | null = null;
	changedAt: string | null = null;
	lastMs: number | null = null;
	readonly uptime: Uptime;
	private readonly kept = new Histogram();
	private readonly fresh = new Histogram();
	private current = new Histogram();
	private previous = new Histogram();

	constructor(now: number) {
		super();
		this.uptime = new Uptime(now);
	}

	add(sample: Sample, certDays?: number): void {
		const counted = this.count(sample, certDays);
		if (counted === 'local') this.recent.add(LOCAL);
		else if (counted === 'failed') {
			const reason = sample.reason ?? 'protocol';
			this.failedBy[reason] = (this.failedBy[reason] ?? 0) + 1;
			this.recent.add(FAILED);
		} else {
			const ms = Math.max(0, sample.endMs - sample.sentMs);
			this.recent.add(ms);
			this.lastMs = ms;
			if (counted === 'measured') this.record(ms, sample.fresh);
		}
	}

	/** True: it is another state than before. */
	change(state: State, now: number, time: string): boolean {
		if (state === this.state) return false;
		this.uptime.change(state, now);
		this.state = state;
		this.changes++;
		this.changedMs = now;
		this.changedAt = time;
		return true;
	}

	/** Of the latest answers. */
	percentile(q: number): Supported {
		BOTH.clear();
		BOTH.merge(this.previous);
		BOTH.merge(this.current);
		const ms = BOTH.quantile(q);
		return ms === null ? { needs: needForQuantile(q) } : { ms };
	}

	/** As `probe` would tell it, of the whole watch. */
	result(name: string, protocol: string, { state, why }: Opinion): ProbedEndpoint {
		const over = this.kept.count > 0 ? this.kept : this.fresh;
		return {
			endpoint: name,
			protocol,
			state,
			why,
			...this.facts(),
			latencyMs: latenciesOf(over),
			latencyOver: this.kept.count > 0 ? 'kept' : 'fresh',
			needs: needed(over.count),
			fresh: { ...this.freshCounts, latencyMs: latenciesOf(this.fresh) },
			checks: [],
		};
	}

	private record(ms: number, fresh: boolean): void {
		(fresh ? this.fresh : this.kept).record(ms);
		this.sumMs += ms;
		const bucket = LATENCY_BUCKETS.findIndex((limit) => ms <= limit * 1000);
		(this.buckets[bucket < 0 ? LATENCY_BUCKETS.length : bucket] as number)++;
		// As probe has it: answers over new connections are told apart, unless there are no others.
		if (fresh && this.kept.count > 0) return;
		if (this.current.count >= WINDOW) {
			[this.previous, this.current] = [this.current, this.previous];
			this.current.clear();
		}
		this.current.record(ms);
	}
}

const latenciesOf = (histogram: Histogram): Latencies => {
	const of = (ms: number | null): number | null => (ms === null ? null : round(ms));
	return {
		min: of(histogram.min),
		p50: of(histogram.quantile(0.5)),
		p90: of(histogram.quantile(0.9)),
		p99: of(histogram.quantile(0.99)),
		max: of(histogram.max),
	};
};
