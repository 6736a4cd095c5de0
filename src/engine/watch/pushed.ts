import type { Testimony } from '../../checks/watch/worst.js';
import type { Detector, Opinion } from '../../detectors/detector.js';
import { makeDetector } from '../../detectors/index.js';
import type { AgentWord } from '../../wire/haproxy-agent.js';
import type { PushedReport } from '../../wire/load-report.js';

export interface PushedOptions {
	/** A report that says no TTL of its own is good for so long. */
	ttlMs: number;
	/** A load above this is too much; well again below the other. */
	load: { above: number; below: number };
}

/**
 * What one endpoint says of itself: its state, good until its TTL is over, and its load. It is told the
 * time, and has no timer. Not heard at all, it is no witness, unless it is expected to report.
 */
export class Pushed {
	reports = 0;
	load: number | null = null;
	weight: number | null = null;
	metrics: Readonly<Record<string, number>> = {};
	private readonly options: PushedOptions;
	private readonly loads: Detector;
	private ttlMs: number;
	private ttl: Detector | null = null;
	private state: 'up' | 'warning' | 'down' = 'up';
	private admin: 'ready' | 'drain' | 'maint' = 'ready';
	private why = '';
	/** Since when a first report is waited for; null: none need come. */
	private awaitedSince: number | null = null;

	constructor(options: PushedOptions) {
		this.options = options;
		this.ttlMs = options.ttlMs;
		this.loads = makeDetector({ kind: 'load', ...options.load });
	}

	/** From now on its silence counts. */
	await(now: number): void {
		this.awaitedSince ??= now;
	}

	report({ state, load, ttlMs, why, metrics }: PushedReport, now: number): void {
		const admin = state === 'drain' || state === 'maint';
		this.state = admin ? 'up' : state;
		this.admin = admin ? state : 'ready';
		this.why = why ?? '';
		this.ttlMs = ttlMs ?? this.options.ttlMs;
		this.metrics = metrics;
		if (load !== undefined) this.heardLoad(load, now);
		this.renew(now);
	}

	/** A line of an agent changes what it names, and is a sign of life in any case. */
	agent({ state, admin, weight, reason }: AgentWord, now: number): void {
		if (state !== undefined) this.state = state;
		if (admin !== undefined) this.admin = admin;
		if (weight !== undefined) this.weight = weight;
		this.ttlMs = this.options.ttlMs;
		if (state !== undefined || admin !== undefined) this.why = reason ?? '';
		this.renew(now);
	}

	/** A load, in percent, wherever it was said. */
	heardLoad(load: number, now: number): void {
		this.load = load;
		this.loads.heard({ endMs: now, sentMs: now, verdict: 'ok', load });
	}

	/** It will report no more. */
	forget(): void {
		this.ttl = null;
		this.awaitedSince = null;
		this.weight = null;
		this.metrics = {};
	}

	paused(now: number, forMs: number): void {
		this.ttl?.paused?.(now, forMs);
		this.loads.paused?.(now, forMs);
		if (this.awaitedSince !== null) this.awaitedSince = Math.min(now, this.awaitedSince + forMs);
	}

	testimonies(now: number): Testimony[] {
		const said = this.opinion(now);
		return [
			...(said ? [{ by: 'report' as const, opinion: said }] : []),
			...(this.load === null ? [] : [{ by: 'load' as const, opinion: this.loads.state(now) }]),
		];
	}

	private renew(now: number): void {
		this.reports++;
		this.ttl = makeDetector({ kind: 'ttl', ttlMs: this.ttlMs });
		this.ttl.heard({ endMs: now, sentMs: now, verdict: this.state === 'down' ? 'failed' : 'ok' });
	}

	private opinion(now: number): Opinion | null {
		if (!this.ttl) {
			if (this.awaitedSince === null) return null;
			const late = now - this.awaitedSince >= this.ttlMs;
			return { state: late ? 'down' : 'unknown', why: late ? `no report within its TTL of ${this.ttlMs} ms` : 'no report yet' };
		}
		const heard = this.ttl.state(now);
		const because = this.why === '' ? '' : `: ${this.why}`;
		// Silence says more than the last words before it.
		if (heard.state === 'down' && (heard.score ?? 0) >= 1) return heard;
		if (this.state === 'down') return { ...heard, state: 'down', why: `it reports that it fails${because}` };
		if (this.admin !== 'ready') return { ...heard, state: 'warning', why: `it reports ${this.admin}${because}` };
		if (this.state === 'warning') return { ...heard, state: 'warning', why: `it reports a warning${because}` };
		return heard;
	}
}
