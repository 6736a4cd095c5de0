import type { LoadReport } from '../policies/policy.js';

/** Over what a node averages what it says of itself, ms. */
const TAU_MS = 1000;
/** Slots that a node without a limit counts as its whole capacity. */
const UNLIMITED_SLOTS = 100;
/** Answers that the latency at a number of requests in flight is estimated from; and how many of them are near it. */
const REMEMBERED = 32;
const NEAR = 9;

/** What one simulated node knows of itself: rates and busy slots with exponential forgetting, and its latest answers. */
export class Reporter {
	private readonly slots: number;
	private atMs = 0;
	private busy = 0;
	private meanBusy = 0;
	private qps = 0;
	private eps = 0;
	private readonly answers: { inFlight: number; ms: number }[] = [];
	private answered = 0;

	constructor(servers: number) {
		this.slots = Number.isFinite(servers) ? servers : UNLIMITED_SLOTS;
	}

	/** So many of its slots are busy from now on. */
	serves(busy: number, now: number): void {
		this.advance(now);
		this.busy = busy;
	}

	/** A request that met `inFlight` others was answered after `ms`. */
	answer(ok: boolean, inFlight: number, ms: number, now: number): void {
		this.advance(now);
		this.qps += 1000 / TAU_MS;
		if (!ok) this.eps += 1000 / TAU_MS;
		this.answers[this.answered++ % REMEMBERED] = { inFlight, ms };
	}

	/** A new process knows nothing of the old one. */
	reset(now: number): void {
		this.advance(now);
		this.busy = this.meanBusy = this.qps = this.eps = 0;
		this.answers.length = 0;
		this.answered = 0;
	}

	/** `latency`: whether it was asked for, as it costs a sort. */
	report(inFlight: number, now: number, latency: boolean): LoadReport {
		this.advance(now);
		const latencyMs = latency ? this.latencyAt(inFlight) : null;
		return { utilization: this.meanBusy / this.slots, qps: this.qps, eps: this.eps, inFlight, latencyMs };
	}

	/**
	 * Prequal: the median of the answers that had met about as many others, in proportion to how many are here now. Without
	 * that a node whose queue is empty again would be slow for ever in everybody's eyes, as nobody asks it any more.
	 */
	private latencyAt(inFlight: number): number | null {
		if (this.answers.length === 0) return null;
		// Distance and place in one number, so that typed arrays sort them.
		const order = Float64Array.from(this.answers, (answer, i) => Math.abs(answer.inFlight - inFlight) * REMEMBERED + i).sort();
		const near = Float64Array.from(order.subarray(0, NEAR), (each) => {
			const { ms, inFlight: met } = this.answers[each % REMEMBERED] as { ms: number; inFlight: number };
			return (ms * (inFlight + 1)) / (met + 1);
		}).sort();
		return near[near.length >> 1] as number;
	}

	private advance(now: number): void {
		const kept = Math.exp(-Math.max(0, now - this.atMs) / TAU_MS);
		this.atMs = Math.max(this.atMs, now);
		this.meanBusy = this.meanBusy * kept + this.busy * (1 - kept);
		this.qps *= kept;
		this.eps *= kept;
	}
}
