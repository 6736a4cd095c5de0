/**
 * Has the other side been silent for too long? Both ends hold one: the watchdog on daruma, daruma on the watchdog.
 * Whoever was itself late by more than a second cannot tell whose silence it was, so it grants one more lease.
 */
export class Lease {
	private heardAt: number;
	private askedAt: number;
	private readonly leaseMs: number;
	private readonly tickMs: number;

	constructor(leaseMs: number, tickMs: number, now: number) {
		this.leaseMs = leaseMs;
		this.tickMs = tickMs;
		this.heardAt = now;
		this.askedAt = now;
	}

	heard(now: number): void {
		this.heardAt = now;
	}

	/** To be asked every `tickMs`. */
	missed(now: number): boolean {
		if (now - this.askedAt - this.tickMs > 1000) this.heardAt = now;
		this.askedAt = now;
		return now - this.heardAt > this.leaseMs;
	}
}
