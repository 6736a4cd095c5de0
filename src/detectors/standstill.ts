import type { Heard } from './detector.js';

/**
 * Our own pause convicts nobody (Cassandra's local-pause rule): what failed and was asked before we ran again says
 * nothing about the endpoint, since its answer may have come while nobody listened.
 */
export class Standstill {
	private until = Number.NEGATIVE_INFINITY;

	ended(now: number): void {
		this.until = now;
	}

	/** Whether this sample is no evidence: it is our own doing, or was on its way while we stood still. */
	excuses(sample: Heard): boolean {
		return sample.reason === 'local' || (sample.verdict === 'failed' && sample.sentMs < this.until);
	}
}
