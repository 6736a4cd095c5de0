import { Accrual, type AccrualSettings, accrualFields } from './accrual.js';
import { detectorKind } from './kind.js';
import { flag, ms } from './settings.js';

interface PhiSettings extends AccrualSettings {
	minDeviationMs: number;
	pauseMs: number;
	learnSuspected: boolean;
}

/** The logistic approximation of the normal distribution that Akka uses: 1 − F(y) = 1 / (1 + e^u), u = y (1.5976 + 0.070566 y²). */
const exponent = (y: number): number => y * (1.5976 + 0.070566 * y * y);

/** phi = −log10(1 − F(y)) = ln(1 + e^u) / ln 10, written so that it does not overflow. */
const phiOf = (y: number): number => {
	const u = exponent(y);
	return (Math.max(0, u) + Math.log1p(Math.exp(-Math.abs(u)))) / Math.LN10;
};

/** The y at which phi is reached, by Newton's method on an increasing function. */
export const deviations = (phi: number): number => {
	const nats = phi * Math.LN10;
	const u = nats + Math.log(-Math.expm1(-nats));
	let y = u / 2;
	for (let i = 0; i < 50; i++) {
		const step = (exponent(y) - u) / (1.5976 + 3 * 0.070566 * y * y);
		y -= step;
		if (Math.abs(step) < 1e-12) break;
	}
	return y;
};

/** phi accrual with a normal distribution of intervals: Hayashibara et al. 2004, as in Akka. */
class PhiNormal extends Accrual {
	private readonly own: PhiSettings;
	private readonly atThreshold: number;
	private readonly atSuspect: number;

	constructor(settings: PhiSettings) {
		super(settings);
		this.own = settings;
		this.atThreshold = deviations(settings.threshold);
		this.atSuspect = settings.suspectShare > 0 ? deviations(settings.threshold * settings.suspectShare) : 0;
	}

	private get mean(): number {
		return this.intervals.mean + this.own.pauseMs;
	}
	private get deviation(): number {
		return Math.max(this.own.minDeviationMs, Math.sqrt(this.intervals.variance));
	}

	protected phi(silentMs: number): number {
		return phiOf((silentMs - this.mean) / this.deviation);
	}
	protected silence(phi: number): number {
		return Math.max(0, this.mean + (phi === this.own.threshold ? this.atThreshold : this.atSuspect) * this.deviation);
	}
	/** Akka's: two intervals, a quarter below and a quarter above the expected one. */
	protected begin(): void {
		this.intervals.add(this.own.intervalMs * 0.75);
		this.intervals.add(this.own.intervalMs * 1.25);
	}
	/** A silence that was long enough to convict is no example of a healthy one. */
	protected teaches(intervalMs: number): boolean {
		return this.own.learnSuspected || intervalMs < this.silence(this.own.threshold);
	}
}

export const phi = detectorKind({
	kind: 'phi',
	summary: 'phi accrual, normal distribution (Hayashibara 2004; defaults as in Akka)',
	fields: {
		...accrualFields,
		minDeviationMs: ms(100, 'the standard deviation is taken for at least this'),
		pauseMs: ms(3000, 'a pause of the endpoint (garbage collection) that is acceptable: added to the mean', 0),
		learnSuspected: flag(false, 'learn also from intervals that were longer than the threshold (Hayashibara does, Akka does not)'),
	},
	make: (values) => new PhiNormal(values),
});
