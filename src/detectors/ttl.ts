import type { Detector, Heard, Opinion } from './detector.js';
import { detectorKind } from './kind.js';
import { ms } from './settings.js';
import { Standstill } from './standstill.js';

/**
 * The endpoint reports by itself (Consul's TTL checks): silence past the TTL is down, and so is a report that says so.
 * The rule of thumb for a TTL is three of the reporter's periods.
 */
class TimeToLive implements Detector {
	private readonly ttlMs: number;
	private readonly standstill = new Standstill();
	private last: Heard | null = null;
	/** From when on silence counts. */
	private since = 0;

	constructor(ttlMs: number) {
		this.ttlMs = ttlMs;
	}

	heard(sample: Heard): void {
		if (this.standstill.excuses(sample)) return;
		this.last = sample;
		this.since = sample.endMs;
	}

	state(now: number): Opinion {
		if (!this.last) return { state: 'unknown', why: 'no report yet' };
		const silentMs = Math.max(0, now - this.since);
		const score = silentMs / this.ttlMs;
		if (silentMs >= this.ttlMs) return { state: 'down', why: `silent past its TTL of ${this.ttlMs} ms`, score };
		if (this.last.verdict === 'failed') return { state: 'down', why: `it reports that it fails${this.last.reason ? `: ${this.last.reason}` : ''}`, score };
		return this.last.verdict === 'warning' ? { state: 'warning', why: 'it reports a warning', score } : { state: 'up', why: 'it reports in time', score };
	}

	next(now: number): number {
		const end = this.since + this.ttlMs;
		return this.last && end > now ? end : Number.POSITIVE_INFINITY;
	}

	paused(now: number, forMs: number): void {
		this.standstill.ended(now);
		this.since = Math.min(now, this.since + forMs);
	}
}

export const ttl = detectorKind({
	kind: 'ttl',
	summary: 'pushed reports: silence past the TTL is down (Consul)',
	fields: { ttlMs: ms(30_000, 'a report is good for so long') },
	make: ({ ttlMs }) => new TimeToLive(ttlMs),
});
