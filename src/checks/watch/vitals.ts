import type { Opinion, State } from '../../detectors/detector.js';
import { Histogram } from '../../model/histogram.js';
import { needForQuantile } from '../../model/order-statistics.js';
import type { Phases, Reason, Sample } from '../../model/sample.js';
import type { Latencies, ProbedEndpoint } from '../probe/result.js';
import { FAILED, LOCAL, Recent } from './recent.js';
import { Uptime } from './uptime.js';

/** Percentiles on display are over the latest 600 to 1200 answers: enough for a p99, few enough to follow a change. */
const WINDOW = 600;
/** A latency of which our own loop may have made more than this is no measurement. */
const UNCERTAIN_MS = 250;

/** Upper limits of the buckets for Prometheus, in seconds: half a millisecond to half a minute. */
export const LATENCY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Used again for each percentile: a table asks for many, several times a second. */
const BOTH = new Histogram();

const PHASES = ['dns', 'connect', 'tls', 'firstByte', 'transfer'] as const;
const round = (ms: number): number => Number(ms.toFixed(3));

/** A percentile, or how many answers it takes to have one. */
export type Supported = { ms: number } | { needs: number };

/**
 * What is kept of one endpoint for as long as it is watched, in 10 to 30 KB whatever the number of samples: counts,
 * histograms, the latest latencies, how long it was in which state. Pure; times in ms on the watch's clock.
 */
export class Vitals {
	readonly recent = new Recent();
	readonly reasons: Partial<Record<Reason, number>> = {};
	/** Of failed ones alone. */
	readonly failedBy: Partial<Record<Reason, number>> = {};
	readonly bytes = { sent: 0, received: 0 };
	/** Good answers by the buckets of {@link LATENCY_BUCKETS}, the last one without a limit; not cumulative. */
	readonly buckets = new Float64Array(LATENCY_BUCKETS.length + 1);
	sumMs = 0;
	sent = 0;
	ok = 0;
	warnings = 0;
	failures = 0;
	local = 0;
	skipped = 0;
	uncertain = 0;
	changes = 0;
	state: State = 'unknown';
	/** When the state last changed; null: it never did. */
	changedMs: number | null = null;
	changedAt: string | null = null;
	lastMs: number | null = null;
	lastError: string | null = null;
	status: number | null = null;
	certDays: number | null = null;
	load: number | null = null;
	readonly uptime: Uptime;
	private uncertaintyMs = 0;
	private readonly kept = new Histogram();
	private readonly fresh = new Histogram();
	private freshSent = 0;
	private freshOk = 0;
	private freshFailed = 0;
	private current = new Histogram();
	private previous = new Histogram();
	private readonly addresses = new Set<string>();
	private readonly sums = new Float64Array(PHASES.length);
	private readonly counts = new Float64Array(PHASES.length);

	constructor(now: number) {
		this.uptime = new Uptime(now);
	}

	add(sample: Sample, certDays?: number): void {
		this.sent++;
		this.bytes.sent += sample.bytes.sent;
		this.bytes.received += sample.bytes.received;
		if (sample.fresh) this.freshSent++;
		if (sample.reason !== undefined) this.reasons[sample.reason] = (this.reasons[sample.reason] ?? 0) + 1;
		if (sample.status !== undefined) this.status = sample.status;
		if (sample.address !== undefined && this.addresses.size < 16) this.addresses.add(sample.address);
		if (sample.load !== undefined) this.load = sample.load;
		if (certDays !== undefined) this.certDays = Math.floor(certDays);
		if (sample.verdict === 'failed') this.lastError = told(sample);
		if (sample.reason === 'local') {
			this.local++;
			this.recent.add(LOCAL);
			return;
		}
		if (sample.verdict === 'failed') {
			this.failures++;
			const reason = sample.reason ?? 'protocol';
			this.failedBy[reason] = (this.failedBy[reason] ?? 0) + 1;
			if (sample.fresh) this.freshFailed++;
			this.recent.add(FAILED);
			return;
		}
		if (sample.verdict === 'warning') this.warnings++;
		else this.ok++;
		if (sample.fresh) this.freshOk++;
		this.measure(sample);
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
			sent: this.sent,
			ok: this.ok,
			warning: this.warnings,
			failed: this.failures,
			local: this.local,
			skipped: this.skipped,
			latencyMs: latenciesOf(over),
			latencyOver: this.kept.count > 0 ? 'kept' : 'fresh',
			needs: Object.fromEntries(QUANTILES.flatMap(([key, q]) => (over.count < needForQuantile(q) ? [[key, needForQuantile(q)]] : []))),
			phasesMs: Object.fromEntries(
				PHASES.map((phase, i) => [phase, this.counts[i] === 0 ? null : round((this.sums[i] as number) / (this.counts[i] as number))]),
			) as unknown as Phases,
			fresh: { sent: this.freshSent, ok: this.freshOk, failed: this.freshFailed, latencyMs: latenciesOf(this.fresh) },
			lastError: this.lastError,
			reasons: this.reasons,
			status: this.status,
			addresses: [...this.addresses],
			certDays: this.certDays,
			load: this.load,
			uncertaintyMs: round(this.uncertaintyMs),
			uncertain: this.uncertain,
			bytes: this.bytes,
			checks: [],
		};
	}

	private measure(sample: Sample): void {
		const ms = Math.max(0, sample.endMs - sample.sentMs);
		this.recent.add(ms);
		this.lastMs = ms;
		if (sample.uncertaintyMs > UNCERTAIN_MS) {
			this.uncertain++;
			return;
		}
		this.uncertaintyMs = Math.max(this.uncertaintyMs, sample.uncertaintyMs);
		(sample.fresh ? this.fresh : this.kept).record(ms);
		this.sumMs += ms;
		const bucket = LATENCY_BUCKETS.findIndex((limit) => ms <= limit * 1000);
		(this.buckets[bucket < 0 ? LATENCY_BUCKETS.length : bucket] as number)++;
		this.phases(sample);
		// As probe has it: answers over new connections are told apart, unless there are no others.
		if (sample.fresh && this.kept.count > 0) return;
		if (this.current.count >= WINDOW) {
			[this.previous, this.current] = [this.current, this.previous];
			this.current.clear();
		}
		this.current.record(ms);
	}

	private phases(sample: Sample): void {
		for (const [i, phase] of PHASES.entries()) {
			const took = sample.phases[phase];
			if (took === null) continue;
			(this.sums[i] as number) += took;
			(this.counts[i] as number)++;
		}
	}
}

const QUANTILES = [
	['p50', 0.5],
	['p90', 0.9],
	['p99', 0.99],
] as const;

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

/** `refused: connect ECONNREFUSED …`, `status 503`. */
const told = ({ reason = 'protocol', status, detail }: Sample): string =>
	`${reason}${reason === 'status' && status !== undefined ? ` ${status}` : ''}${detail === undefined ? '' : `: ${detail}`}`;
