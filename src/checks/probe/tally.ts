import type { State } from '../../detectors/detector.js';
import type { Phases, Reason, Sample } from '../../model/sample.js';
import type { Target } from '../../model/target.js';
import { needForQuantile, quantile } from '../statistics.js';
import type { Latencies, ProbedEndpoint } from './result.js';

/** So many of the latest answers in a row must have failed before an endpoint is called down: one lost packet is no outage. */
const FALL = 3;
/** A latency of which our own loop may have made more than this is no measurement. */
const UNCERTAIN_MS = 250;

/** Whether the latency of a sample is one of the endpoint: a good answer that our own loop did not spoil. */
export const measurable = ({ verdict, reason, uncertaintyMs }: Sample): boolean => verdict !== 'failed' && reason !== 'local' && uncertaintyMs <= UNCERTAIN_MS;

const PHASES = ['dns', 'connect', 'tls', 'firstByte', 'transfer'] as const;
const round = (ms: number): number => Number(ms.toFixed(3));

/** Adds up the samples of one endpoint. Pure; latencies are kept one by one, so percentiles are exact. */
export class Tally {
	readonly target: Target;
	skipped = 0;
	sent = 0;
	ok = 0;
	private warnings = 0;
	private failures = 0;
	private local = 0;
	private freshSent = 0;
	private freshOk = 0;
	private freshFailed = 0;
	private uncertain = 0;
	private uncertaintyMs = 0;
	private readonly kept: number[] = [];
	private readonly fresh: number[] = [];
	private readonly sums: Record<(typeof PHASES)[number], { total: number; n: number }> = {
		dns: { total: 0, n: 0 },
		connect: { total: 0, n: 0 },
		tls: { total: 0, n: 0 },
		firstByte: { total: 0, n: 0 },
		transfer: { total: 0, n: 0 },
	};
	private readonly reasons: Partial<Record<Reason, number>> = {};
	private readonly addresses = new Set<string>();
	private readonly bytes = { sent: 0, received: 0 };
	private missed = 0;
	private last: Sample | null = null;
	private lastError: string | null = null;
	private lastWarning = '';
	private status: number | null = null;
	private certDays: number | null = null;
	private load: number | null = null;

	constructor(target: Target) {
		this.target = target;
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
			return;
		}
		this.last = sample;
		if (sample.verdict === 'failed') {
			this.failures++;
			this.missed++;
			if (sample.fresh) this.freshFailed++;
			return;
		}
		this.missed = 0;
		if (sample.verdict === 'warning') {
			this.warnings++;
			this.lastWarning = sample.detail ?? 'it answers, and says that it is not well';
		} else this.ok++;
		if (sample.fresh) this.freshOk++;
		this.measure(sample);
	}

	/** Good answers and all answers that count. */
	get good(): number {
		return this.ok + this.warnings;
	}
	get counted(): number {
		return this.good + this.failures;
	}

	/** Ascending, of the connections that `latencyMs` is of. */
	latencies(): number[] {
		return (this.kept.length > 0 ? this.kept : this.fresh).toSorted((a, b) => a - b);
	}

	result(): Omit<ProbedEndpoint, 'checks'> {
		const { state, why } = this.opinion();
		const sorted = this.latencies();
		const needs = needed(sorted.length);
		return {
			endpoint: this.target.name,
			protocol: this.target.protocol,
			state,
			why,
			sent: this.sent,
			ok: this.ok,
			warning: this.warnings,
			failed: this.failures,
			local: this.local,
			skipped: this.skipped,
			latencyMs: latenciesOf(sorted),
			latencyOver: this.kept.length > 0 ? 'kept' : 'fresh',
			needs,
			phasesMs: this.phases(),
			fresh: {
				sent: this.freshSent,
				ok: this.freshOk,
				failed: this.freshFailed,
				latencyMs: latenciesOf(this.fresh.toSorted((a, b) => a - b)),
			},
			lastError: this.lastError,
			reasons: this.reasons,
			status: this.status,
			addresses: [...this.addresses],
			certDays: this.certDays,
			load: this.load,
			uncertaintyMs: round(this.uncertaintyMs),
			uncertain: this.uncertain,
			bytes: this.bytes,
		};
	}

	private measure(sample: Sample): void {
		if (!measurable(sample)) {
			this.uncertain++;
			return;
		}
		this.uncertaintyMs = Math.max(this.uncertaintyMs, sample.uncertaintyMs);
		(sample.fresh ? this.fresh : this.kept).push(sample.endMs - sample.sentMs);
		for (const phase of PHASES) {
			const ms = sample.phases[phase];
			if (ms === null) continue;
			this.sums[phase].total += ms;
			this.sums[phase].n++;
		}
	}

	private phases(): Phases {
		return Object.fromEntries(
			PHASES.map((phase) => [phase, this.sums[phase].n === 0 ? null : round(this.sums[phase].total / this.sums[phase].n)]),
		) as unknown as Phases;
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

/** `refused: connect ECONNREFUSED …`, `status 503`. */
const told = ({ reason = 'protocol', status, detail }: Sample): string =>
	`${reason}${reason === 'status' && status !== undefined ? ` ${status}` : ''}${detail === undefined ? '' : `: ${detail}`}`;

const supported = (sorted: readonly number[], q: number): number | null =>
	sorted.length < needForQuantile(q) ? null : round(quantile(sorted, q)?.value as number);

const latenciesOf = (sorted: readonly number[]): Latencies => ({
	min: sorted.length === 0 ? null : round(sorted[0] as number),
	p50: supported(sorted, 0.5),
	p90: supported(sorted, 0.9),
	p99: supported(sorted, 0.99),
	max: sorted.length === 0 ? null : round(sorted.at(-1) as number),
});

const needed = (n: number): ProbedEndpoint['needs'] =>
	Object.fromEntries(
		(
			[
				['p50', 0.5],
				['p90', 0.9],
				['p99', 0.99],
			] as const
		)
			.filter(([, q]) => n < needForQuantile(q))
			.map(([name, q]) => [name, needForQuantile(q)]),
	);
