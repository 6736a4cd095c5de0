import type { State } from '../../detectors/detector.js';
import type { Sample } from '../../model/sample.js';
import type { Target } from '../../model/target.js';
import { needForQuantile, quantile } from '../statistics.js';
import { Counts, needed, round } from './counts.js';
import type { Latencies, ProbedEndpoint } from './result.js';

/** So many of the latest answers in a row must have failed before an endpoint is called down: one lost packet is no outage. */
const FALL = 3;

/** Adds up the samples of one endpoint. Pure; latencies are kept one by one, so percentiles are exact. */
export class Tally extends Counts {
	readonly target: Target;
	private readonly kept: number[] = [];
	private readonly fresh: number[] = [];
	private missed = 0;
	private last: Sample | null = null;
	private lastWarning = '';

	constructor(target: Target) {
		super();
		this.target = target;
	}

	add(sample: Sample, certDays?: number): void {
		const counted = this.count(sample, certDays);
		if (counted === 'local') return;
		this.last = sample;
		this.missed = counted === 'failed' ? this.missed + 1 : 0;
		if (sample.verdict === 'warning') this.lastWarning = sample.detail ?? 'it answers, and says that it is not well';
		if (counted === 'measured') (sample.fresh ? this.fresh : this.kept).push(sample.endMs - sample.sentMs);
	}

	/** Ascending, of the connections that `latencyMs` is of. */
	latencies(): number[] {
		return (this.kept.length > 0 ? this.kept : this.fresh).toSorted((a, b) => a - b);
	}

	result(): Omit<ProbedEndpoint, 'checks'> {
		const sorted = this.latencies();
		return {
			endpoint: this.target.name,
			protocol: this.target.protocol,
			...this.opinion(),
			...this.facts(),
			latencyMs: latenciesOf(sorted),
			latencyOver: this.kept.length > 0 ? 'kept' : 'fresh',
			needs: needed(sorted.length),
			fresh: { ...this.freshCounts, latencyMs: latenciesOf(this.fresh.toSorted((a, b) => a - b)) },
		};
	}

	private opinion(): { state: State; why: string } {
		const { last } = this;
		if (!last) return { state: 'unknown', why: this.sent === 0 ? 'not asked' : 'only our own failures: it was never heard' };
		if (last.verdict === 'warning') return { state: 'warning', why: this.lastWarning };
		if (last.verdict === 'ok')
			return { state: 'up', why: this.failures === 0 ? 'every answer was good' : `the latest answer was good; ${this.failures} of ${this.counted} failed` };
		const fall = Math.min(FALL, this.counted);
		const why = `${this.missed} of ${this.counted} failed in a row: ${last.reason ?? 'failed'}`;
		return { state: this.missed >= fall ? 'down' : 'suspect', why };
	}
}

const supported = (sorted: readonly number[], q: number): number | null =>
	sorted.length < needForQuantile(q) ? null : round(quantile(sorted, q)?.value as number);

const latenciesOf = (sorted: readonly number[]): Latencies => ({
	min: sorted.length === 0 ? null : round(sorted[0] as number),
	p50: supported(sorted, 0.5),
	p90: supported(sorted, 0.9),
	p99: supported(sorted, 0.99),
	max: sorted.length === 0 ? null : round(sorted.at(-1) as number),
});
