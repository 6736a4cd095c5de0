import { Accrual, type AccrualSettings, accrualFields } from './accrual.js';
import { detectorKind } from './kind.js';
import { ms } from './settings.js';

interface PhiExponentialSettings extends AccrualSettings {
	maxIntervalMs: number;
}

/** phi accrual with an exponential distribution, as in Cassandra: phi = t / (mean × ln 10), so 8 is 18.4 mean intervals. */
class PhiExponential extends Accrual {
	private readonly maxIntervalMs: number;

	constructor(settings: PhiExponentialSettings) {
		super(settings);
		this.maxIntervalMs = settings.maxIntervalMs > 0 ? settings.maxIntervalMs : 2 * settings.intervalMs;
	}

	protected phi(silentMs: number): number {
		return silentMs / (this.mean * Math.LN10);
	}
	protected silence(phi: number): number {
		return phi * Math.LN10 * this.mean;
	}
	/** A stream without a gap between its beats would have no mean at all. */
	private get mean(): number {
		return Math.max(this.intervals.mean, this.settings.intervalMs / 1000);
	}
	/** Cassandra's: one interval of twice the expected. */
	protected begin(): void {
		this.intervals.add(2 * this.settings.intervalMs);
	}
	protected teaches(intervalMs: number): boolean {
		return intervalMs <= this.maxIntervalMs;
	}
}

export const phiExponential = detectorKind({
	kind: 'phi-exponential',
	summary: 'phi accrual, exponential distribution (as in Cassandra: threshold 8 is 18.4 mean intervals)',
	fields: {
		...accrualFields,
		maxIntervalMs: ms(0, 'longer intervals are not learned from; 0: twice intervalMs', 0),
	},
	make: (values) => new PhiExponential(values),
});
