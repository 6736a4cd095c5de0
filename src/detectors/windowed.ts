import type { Detector, Heard, Opinion } from './detector.js';
import { detectorKind } from './kind.js';
import { count, ms } from './settings.js';
import { Standstill } from './standstill.js';

interface Limits {
	failures: number;
	clear: number;
}

/** Both windows share the hysteresis: down at `failures` in the window, up again at `clear` or fewer. */
const opine = (wasDown: boolean, failed: number, { failures, clear }: Limits): boolean => (wasDown ? failed > clear : failed >= failures);

/** `failures` of the last `of` samples. */
class CountWindow implements Detector {
	private readonly limits: Limits & { of: number };
	private readonly standstill = new Standstill();
	private readonly ring: Uint8Array;
	private heardOf = 0;
	private failed = 0;
	private down = false;
	private reason = '';
	private last: Heard['verdict'] = 'ok';

	constructor(limits: Limits & { of: number }) {
		this.limits = limits;
		this.ring = new Uint8Array(limits.of);
	}

	heard(sample: Heard): void {
		if (this.standstill.excuses(sample)) return;
		this.last = sample.verdict;
		const failed = sample.verdict === 'failed' ? 1 : 0;
		if (failed) this.reason = sample.reason ?? 'failed';
		const at = this.heardOf % this.limits.of;
		this.failed += failed - (this.ring[at] as number);
		this.ring[at] = failed;
		this.heardOf += 1;
		this.down = opine(this.down, this.failed, this.limits);
	}

	state(_now: number): Opinion {
		if (this.heardOf === 0) return { state: 'unknown', why: 'not yet heard' };
		const share = `${this.failed} of the last ${Math.min(this.heardOf, this.limits.of)} failed`;
		return worded(this.down, this.failed, share, this.reason, this.last);
	}

	paused(now: number): void {
		this.standstill.ended(now);
	}
}

const worded = (down: boolean, failed: number, share: string, reason: string, last: Heard['verdict']): Opinion => {
	if (down) return { state: 'down', why: `${share}: ${reason}`, score: failed };
	if (failed > 0) return { state: 'suspect', why: `${share}: ${reason}`, score: failed };
	return last === 'warning' ? { state: 'warning', why: 'it answers with a warning', score: 0 } : { state: 'up', why: share, score: 0 };
};

/** `failures` within the last `withinMs`. Only the newest `failures` of them need be known. */
class TimeWindow implements Detector {
	private readonly limits: Limits;
	private readonly withinMs: number;
	private readonly standstill = new Standstill();
	/** When each failure was known, ascending. */
	private times: number[] = [];
	private down = false;
	private heardAt: number | null = null;
	private last: Heard['verdict'] = 'ok';
	private reason = '';

	constructor(limits: Limits, withinMs: number) {
		this.limits = limits;
		this.withinMs = withinMs;
	}

	heard(sample: Heard): void {
		if (this.standstill.excuses(sample)) return;
		// Down may have ended by age alone since the last sample.
		this.down = this.downAt(sample.endMs);
		this.heardAt = sample.endMs;
		this.last = sample.verdict;
		if (sample.verdict !== 'failed') return;
		this.reason = sample.reason ?? 'failed';
		this.times.push(sample.endMs);
		if (this.times.length > this.limits.failures) this.times.shift();
		this.down ||= this.within(sample.endMs) >= this.limits.failures;
	}

	state(now: number): Opinion {
		if (this.heardAt === null) return { state: 'unknown', why: 'not yet heard' };
		const failed = this.within(now);
		if (failed === 0 && now - this.heardAt >= this.withinMs) return { state: 'unknown', why: 'nothing heard within the window' };
		return worded(this.downAt(now), failed, `${failed} failed within ${this.withinMs} ms`, this.reason, this.last);
	}

	/** A failure that grows too old, or the last sample of all. */
	next(now: number): number {
		for (const time of this.times) if (time + this.withinMs > now) return time + this.withinMs;
		return this.heardAt !== null && this.heardAt + this.withinMs > now ? this.heardAt + this.withinMs : Number.POSITIVE_INFINITY;
	}

	paused(now: number, forMs: number): void {
		this.standstill.ended(now);
		this.times = this.times.map((time) => Math.min(now, time + forMs));
		if (this.heardAt !== null) this.heardAt = Math.min(now, this.heardAt + forMs);
	}

	private within(now: number): number {
		let found = 0;
		for (const time of this.times) if (time + this.withinMs > now) found += 1;
		return found;
	}

	private downAt(now: number): boolean {
		return this.down && this.within(now) > this.limits.clear;
	}
}

export const windowed = detectorKind({
	kind: 'windowed',
	summary: 'down when failures of the last samples, or within a time, are too many',
	fields: {
		failures: count(3, 'so many make it down', 1, 1000),
		of: count(5, 'the last so many samples are looked at (withinMs 0)', 1, 1000),
		withinMs: ms(0, 'instead of a number of samples: those of the last so many ms', 0),
		clear: count(0, 'up again when at most so many are left in the window', 0, 999),
	},
	objection: ({ failures, of, withinMs, clear }) => {
		if (withinMs === 0 && failures > of) return `failures (${failures}) must not be more than of (${of})`;
		return clear >= failures ? `clear (${clear}) must be less than failures (${failures})` : null;
	},
	make: ({ failures, of, withinMs, clear }) => (withinMs > 0 ? new TimeWindow({ failures, clear }, withinMs) : new CountWindow({ failures, clear, of })),
});
