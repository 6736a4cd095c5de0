/** Finagle's time to live of a deposit. */
export const BUDGET_WINDOW_MS = 10_000;

export interface RetryBudget {
	/** A new call deposits `ratio` of a retry. */
	call(now: number): void;
	/** Takes one retry out; false (and nothing taken) if there is none left. */
	withdraw(now: number): boolean;
}

/** The times of the last 10 s, oldest first; forgetting is amortized O(1). */
class Window {
	private times: number[] = [];
	private head = 0;
	add(now: number): void {
		this.times.push(now);
	}
	count(now: number): number {
		while (this.head < this.times.length && (this.times[this.head] as number) <= now - BUDGET_WINDOW_MS) this.head += 1;
		if (this.head > 1024 && this.head * 2 > this.times.length) {
			this.times = this.times.slice(this.head);
			this.head = 0;
		}
		return this.times.length - this.head;
	}
}

/**
 * Finagle's RetryBudget (RetryBudget.scala): in the 10 s that end at any retry, retries ≤ ratio × calls + minPerSecond × 10.
 * The window slides exactly, where Finagle's moves in slices of 1 s.
 */
export const retryBudget = (ratio: number, minPerSecond: number): RetryBudget => {
	const calls = new Window();
	const retries = new Window();
	const reserve = (minPerSecond * BUDGET_WINDOW_MS) / 1000;
	return {
		call: (now) => calls.add(now),
		withdraw(now) {
			// A hair of tolerance, or 0.1 × 10 calls would not buy the one retry that it should.
			if (retries.count(now) + 1 > ratio * calls.count(now) + reserve + 1e-9) return false;
			retries.add(now);
			return true;
		},
	};
};
