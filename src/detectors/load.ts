import type { Detector, Heard, Opinion } from './detector.js';
import { detectorKind } from './kind.js';
import { ms, number, word } from './settings.js';

interface Limits {
	above: number;
	below: number;
	staleMs: number;
	as: 'warning' | 'down';
}

/**
 * What the endpoint says of its own load (ORCA, HAProxy's agent-check): too much above `above`, well again only below
 * `below`, so that a load about the limit does not flap. Samples without a load change nothing.
 */
class LoadThreshold implements Detector {
	private readonly limits: Limits;
	private load: number | null = null;
	private saidAt = 0;
	private over = false;

	constructor(limits: Limits) {
		this.limits = limits;
	}

	heard({ load, endMs, reason }: Heard): void {
		if (load === undefined || !Number.isFinite(load) || reason === 'local') return;
		this.load = load;
		this.saidAt = endMs;
		this.over = this.over ? load >= this.limits.below : load > this.limits.above;
	}

	state(now: number): Opinion {
		const { load, limits } = this;
		if (load === null) return { state: 'unknown', why: 'no load reported yet' };
		if (now >= this.next(Number.NEGATIVE_INFINITY)) return { state: 'unknown', why: `no load reported for ${limits.staleMs} ms`, score: load };
		if (!this.over) return { state: 'up', why: `load ${load}`, score: load };
		return { state: limits.as, why: load > limits.above ? `load ${load} above ${limits.above}` : `load ${load} not yet below ${limits.below}`, score: load };
	}

	next(now: number): number {
		const stale = this.saidAt + this.limits.staleMs;
		return this.load !== null && stale > now ? stale : Number.POSITIVE_INFINITY;
	}

	paused(now: number, forMs: number): void {
		this.saidAt = Math.min(now, this.saidAt + forMs);
	}
}

export const load = detectorKind({
	kind: 'load',
	summary: 'warns, or is down, while the reported load is above a threshold',
	fields: {
		above: number(100, 0, 1e9, 'more than this is too much'),
		below: number(80, 0, 1e9, 'less than this is well again'),
		staleMs: ms(30_000, 'a report older than this says nothing'),
		as: word('warning', ['warning', 'down'], 'what too much load means'),
	},
	objection: ({ above, below }) => (below > above ? `below (${below}) must not be more than above (${above})` : null),
	make: (values) => new LoadThreshold(values),
});
