import type { Rng } from '../model/rng.js';
import type { Detector } from './detector.js';
import { type Quality, Tally } from './quality.js';

/** A prober in virtual time: it asks again `intervalMs` after it last asked, or sooner as the detector's pace wants. */
export interface ProbingSpec {
	intervalMs: number;
	/** HAProxy's fastinter and downinter; as `intervalMs` where there is no need of them. */
	fastMs: number;
	downMs: number;
	/** No answer within it is a failure; so long is the next question put off at least. */
	timeoutMs: number;
	/** An answer, or a refusal, takes so long. */
	latencyMs: number;
	/** Share of questions to a living endpoint that get no answer, each by its own chance. */
	loss: number;
	/** After a crash questions are refused at once, or meet silence until the timeout. */
	crash: 'refused' | 'silent';
	/** How many questions to a living endpoint, and how many crashes, are tried. */
	questions: number;
	crashes: number;
}

export interface ProbingQuality extends Quality {
	/** What it costs. */
	questionsPerHour: number;
}

/** Asks until the detector has said so often, or long, enough; `sent` tells of each question when its answer is known. */
class Prober {
	readonly detector: Detector;
	private readonly spec: ProbingSpec;
	due = 0;

	constructor(detector: Detector, spec: ProbingSpec) {
		this.detector = detector;
		this.spec = spec;
	}

	/** One question, `answered` or not; when that was known. */
	ask(answered: boolean, refused: boolean): number {
		const { timeoutMs, latencyMs, intervalMs, fastMs, downMs } = this.spec;
		const sentMs = this.due;
		const endMs = sentMs + (answered || refused ? latencyMs : timeoutMs);
		this.detector.heard({ sentMs, endMs, verdict: answered ? 'ok' : 'failed', ...(answered ? {} : { reason: refused ? 'refused' : 'answer-timeout' }) });
		const gap = { normal: intervalMs, fast: fastMs, down: downMs }[this.detector.pace?.() ?? 'normal'];
		this.due = Math.max(sentMs + gap, endMs);
		return endMs;
	}
}

/** How good a detector is with a prober that follows its pace: mistakes over one long life, detection over many crashes at random instants. */
export const probingQuality = (make: () => Detector, spec: ProbingSpec, rng: Rng): ProbingQuality => {
	const tally = new Tally();
	const life = rng.fork('life');
	const prober = new Prober(make(), spec);
	let downSince: number | null = null;
	let end = 0;
	for (let i = 0; i < spec.questions; i++) {
		end = prober.ask(life.next() >= spec.loss, false);
		const down = prober.detector.state(end).state === 'down';
		if (!down && downSince !== null) tally.mistaken(end - downSince);
		downSince = down ? (downSince ?? end) : null;
	}
	const deaths = rng.fork('deaths');
	for (let i = 0; i < spec.crashes; i++) {
		const dying = new Prober(make(), spec);
		const crashAt = spec.intervalMs * (10 + deaths.next());
		while (dying.due < crashAt) dying.ask(deaths.next() >= spec.loss, false);
		let known = crashAt;
		while (dying.detector.state(known).state !== 'down') known = dying.ask(false, spec.crash === 'refused');
		tally.detected(known - crashAt);
	}
	return { ...tally.quality(end), questionsPerHour: (spec.questions * 3_600_000) / end };
};
