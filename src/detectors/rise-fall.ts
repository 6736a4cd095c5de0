import type { Detector, Heard, Opinion, Pace } from './detector.js';
import { detectorKind } from './kind.js';
import { count } from './settings.js';
import { Standstill } from './standstill.js';

/**
 * HAProxy's counters: down after `fall` failures in a row, up again after `rise` successes in a row. The first sample
 * of all decides at once. Asked again at `fast` pace after a first failure, its time to detect is at most
 * inter + (fall − 1) × fastinter + timeout.
 */
class RiseFall implements Detector {
	private readonly rise: number;
	private readonly fall: number;
	private readonly standstill = new Standstill();
	private up: boolean | null = null;
	/** Samples in a row that speak against the state. */
	private against = 0;
	private warning = false;
	private reason = '';

	constructor({ rise, fall }: { rise: number; fall: number }) {
		this.rise = rise;
		this.fall = fall;
	}

	heard(sample: Heard): void {
		if (this.standstill.excuses(sample)) return;
		const good = sample.verdict !== 'failed';
		this.warning = sample.verdict === 'warning';
		if (!good) this.reason = sample.reason ?? 'failed';
		this.against = this.up === good ? 0 : this.against + 1;
		const needed = this.up === null ? 1 : this.up ? this.fall : this.rise;
		if (this.against < needed) return;
		this.up = good;
		this.against = 0;
	}

	state(_now: number): Opinion {
		const { against } = this;
		if (this.up === null) return { state: 'unknown', why: 'not yet heard' };
		if (this.up && against > 0) return { state: 'suspect', why: `${against} of ${this.fall} missed: ${this.reason}`, score: against };
		if (this.up) return this.warning ? { state: 'warning', why: 'it answers with a warning', score: 0 } : { state: 'up', why: 'it answers', score: 0 };
		if (against > 0) return { state: 'down', why: `${against} of ${this.rise} answered since it was down`, score: this.fall };
		return { state: 'down', why: `${this.fall === 1 ? 'missed' : `${this.fall} missed in a row`}: ${this.reason}`, score: this.fall };
	}

	pace(): Pace {
		if (this.against > 0) return 'fast';
		return this.up === false ? 'down' : 'normal';
	}

	paused(now: number): void {
		this.standstill.ended(now);
	}
}

export const riseFall = detectorKind({
	kind: 'rise-fall',
	summary: 'down after fall failures in a row, up after rise successes in a row (HAProxy)',
	fields: {
		fall: count(3, 'failures in a row that make it down'),
		rise: count(2, 'successes in a row that make it up again'),
	},
	make: (values) => new RiseFall(values),
});
