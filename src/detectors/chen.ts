import type { Detector, Heard, Opinion } from './detector.js';
import { detectorKind } from './kind.js';
import { MovingStatistics } from './moving.js';
import { ms, number } from './settings.js';
import { Standstill } from './standstill.js';

interface ChenSettings {
	intervalMs: number;
	alphaMs: number;
	suspectShare: number;
	window: number;
}

/**
 * NFD-E (Chen, Toueg and Aguilera 2002): the next answer is expected at EA = mean(delay) + the last one's sending time
 * + η, and α later than that the endpoint is down. So T_D ≤ η + α + E(D). It needs sending times (or sequence numbers
 * times η): where a report tells none, it falls back to a timeout of η + α.
 */
class Chen implements Detector {
	private readonly settings: ChenSettings;
	private readonly delays: MovingStatistics;
	private readonly standstill = new Standstill();
	private sent: number | null = null;
	private pauseEnd = Number.NEGATIVE_INFINITY;
	private warning = false;

	constructor(settings: ChenSettings) {
		this.settings = settings;
		this.delays = new MovingStatistics(settings.window, 0);
	}

	heard(sample: Heard): void {
		if (this.standstill.excuses(sample) || sample.verdict === 'failed') return;
		// What was on its way while we stood still was late by our doing.
		if (sample.sentMs >= this.pauseEnd || this.delays.count === 0) this.delays.add(sample.endMs - sample.sentMs);
		if (this.sent !== null && sample.sentMs < this.sent) return;
		this.sent = sample.sentMs;
		this.warning = sample.verdict === 'warning';
	}

	state(now: number): Opinion {
		const { alphaMs, suspectShare } = this.settings;
		if (this.sent === null) return { state: 'unknown', why: 'no answer yet' };
		const expected = this.expected(this.sent);
		const lateMs = Math.max(0, now - expected);
		const score = lateMs / alphaMs;
		const late = `${Math.round(lateMs)} ms later than expected`;
		if (now >= expected + alphaMs) return { state: 'down', why: `${late}, alpha is ${alphaMs} ms`, score };
		if (suspectShare > 0 && now >= expected + alphaMs * suspectShare) return { state: 'suspect', why: late, score };
		return this.warning ? { state: 'warning', why: 'it answers with a warning', score } : { state: 'up', why: 'in time', score };
	}

	next(now: number): number {
		if (this.sent === null) return Number.POSITIVE_INFINITY;
		const { alphaMs, suspectShare } = this.settings;
		const expected = this.expected(this.sent);
		if (suspectShare > 0 && expected + alphaMs * suspectShare > now) return expected + alphaMs * suspectShare;
		return expected + alphaMs > now ? expected + alphaMs : Number.POSITIVE_INFINITY;
	}

	paused(now: number, forMs: number): void {
		this.standstill.ended(now);
		this.pauseEnd = now;
		if (this.sent !== null) this.sent = Math.min(now, this.sent + forMs);
	}

	private expected(sent: number): number {
		return sent + this.settings.intervalMs + this.delays.mean;
	}
}

export const chen = detectorKind({
	kind: 'chen',
	summary: 'expected arrival plus a margin (Chen, Toueg and Aguilera 2002, NFD-E)',
	fields: {
		intervalMs: ms(1000, 'eta: how often it is asked, or reports'),
		alphaMs: ms(2000, 'alpha: so much later than expected is down'),
		suspectShare: number(0.5, 0, 1, 'suspect from this share of alpha on'),
		window: { type: 'number', default: 1000, min: 1, max: 10_000, whole: true, about: 'the mean delay of the last so many answers' },
	},
	make: (values) => new Chen(values),
});
