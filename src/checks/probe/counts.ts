import { needForQuantile } from '../../model/order-statistics.js';
import type { Phases, Reason, Sample } from '../../model/sample.js';
import type { ProbedEndpoint } from './result.js';

/** A latency of which our own loop may have made more than this is no measurement. */
const UNCERTAIN_MS = 250;

/** Whether the latency of a sample is one of the endpoint: a good answer that our own loop did not spoil. */
export const measurable = ({ verdict, reason, uncertaintyMs }: Sample): boolean => verdict !== 'failed' && reason !== 'local' && uncertaintyMs <= UNCERTAIN_MS;

const PHASES = ['dns', 'connect', 'tls', 'firstByte', 'transfer'] as const;
export const round = (ms: number): number => Number(ms.toFixed(3));

/** What an endpoint's document says besides its state and its latencies. */
type Facts = Omit<ProbedEndpoint, 'endpoint' | 'protocol' | 'state' | 'why' | 'latencyMs' | 'latencyOver' | 'needs' | 'fresh' | 'checks'>;

/** What is counted of the samples of one endpoint, however its latencies are kept. Pure. */
export abstract class Counts {
	readonly reasons: Partial<Record<Reason, number>> = {};
	readonly bytes = { sent: 0, received: 0 };
	skipped = 0;
	sent = 0;
	ok = 0;
	warnings = 0;
	failures = 0;
	local = 0;
	uncertain = 0;
	lastError: string | null = null;
	status: number | null = null;
	certDays: number | null = null;
	load: number | null = null;
	protected readonly freshCounts = { sent: 0, ok: 0, failed: 0 };
	private uncertaintyMs = 0;
	private readonly addresses = new Set<string>();
	private readonly sums = new Float64Array(PHASES.length);
	private readonly passed = new Float64Array(PHASES.length);

	/** Good answers and all answers that count. */
	get good(): number {
		return this.ok + this.warnings;
	}
	get counted(): number {
		return this.good + this.failures;
	}

	/** What it counts as; `good` with a latency that counts (`measured`), or with one that our own loop may have spoiled. */
	protected count(sample: Sample, certDays?: number): 'local' | 'failed' | 'good' | 'measured' {
		this.sent++;
		this.bytes.sent += sample.bytes.sent;
		this.bytes.received += sample.bytes.received;
		if (sample.fresh) this.freshCounts.sent++;
		if (sample.reason !== undefined) this.reasons[sample.reason] = (this.reasons[sample.reason] ?? 0) + 1;
		if (sample.status !== undefined) this.status = sample.status;
		if (sample.address !== undefined && this.addresses.size < 16) this.addresses.add(sample.address);
		if (sample.load !== undefined) this.load = sample.load;
		if (certDays !== undefined) this.certDays = Math.floor(certDays);
		if (sample.verdict === 'failed') this.lastError = told(sample);
		if (sample.reason === 'local') {
			this.local++;
			return 'local';
		}
		if (sample.verdict === 'failed') {
			this.failures++;
			if (sample.fresh) this.freshCounts.failed++;
			return 'failed';
		}
		if (sample.verdict === 'warning') this.warnings++;
		else this.ok++;
		if (sample.fresh) this.freshCounts.ok++;
		if (!measurable(sample)) {
			this.uncertain++;
			return 'good';
		}
		this.uncertaintyMs = Math.max(this.uncertaintyMs, sample.uncertaintyMs);
		for (const [i, phase] of PHASES.entries()) {
			const took = sample.phases[phase];
			if (took === null) continue;
			(this.sums[i] as number) += took;
			(this.passed[i] as number)++;
		}
		return 'measured';
	}

	protected facts(): Facts {
		const mean = (i: number): number | null => (this.passed[i] === 0 ? null : round((this.sums[i] as number) / (this.passed[i] as number)));
		return {
			sent: this.sent,
			ok: this.ok,
			warning: this.warnings,
			failed: this.failures,
			local: this.local,
			skipped: this.skipped,
			phasesMs: Object.fromEntries(PHASES.map((phase, i) => [phase, mean(i)])) as unknown as Phases,
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
}

const QUANTILES = [
	['p50', 0.5],
	['p90', 0.9],
	['p99', 0.99],
] as const;

/** Which percentiles so many samples cannot support, and how many each would take. */
export const needed = (n: number): ProbedEndpoint['needs'] =>
	Object.fromEntries(QUANTILES.flatMap(([name, q]) => (n < needForQuantile(q) ? [[name, needForQuantile(q)]] : [])));

/** `refused: connect ECONNREFUSED …`, `status 503`. */
const told = ({ reason = 'protocol', status, detail }: Sample): string =>
	`${reason}${reason === 'status' && status !== undefined ? ` ${status}` : ''}${detail === undefined ? '' : `: ${detail}`}`;
