import type { HaltReason } from '../checks/halt.js';

/** Ends one experiment before its time, and lets it be judged: whoever waits goes on at once, heals, and starts nothing more. */
export class Halt {
	reason: HaltReason | null = null;
	readonly fallen: Promise<void>;
	private fall: () => void = () => {};

	constructor() {
		this.fallen = new Promise((resolve) => {
			this.fall = resolve;
		});
	}

	/** The first reason counts. */
	now(reason: HaltReason): void {
		this.reason ??= reason;
		this.fall();
	}
}
