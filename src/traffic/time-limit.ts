import type { Cancel, Clock } from '../model/clock.js';

/**
 * Calls `fn` at `dueMs`, but only after whatever has already arrived on our sockets was read: if this process was
 * itself late, an answer that came in time must not be taken for a timeout.
 */
export const timeLimit = (clock: Clock, dueMs: number, fn: () => void): Cancel => {
	let wanted = true;
	// One turn reads what has arrived; the next comes after the news of it was passed on (send.ts defers that by one).
	const cancel = clock.at(dueMs, () => setImmediate(() => setImmediate(() => wanted && fn())));
	return () => {
		wanted = false;
		cancel();
	};
};
