import type { Clock } from '../model/clock.js';
import type { HistoryWriter } from './history-writer.js';

/**
 * Records how late this process' event loop was: a 20 ms tick, the worst of each 100 ms. A harness that was itself
 * paused must not blame the cluster. Returns the stop function.
 */
export const recordLag = (clock: Clock, name: string, history: HistoryWriter): (() => void) => {
	const TICK = 20;
	let due = clock.now() + TICK;
	let worst = 0;
	let periodEnd = clock.now() + 100;
	let quietUntil = 0;
	const timer = setInterval(() => {
		const now = clock.now();
		worst = Math.max(worst, now - due);
		due = now + TICK;
		if (now < periodEnd) return;
		if (worst > 1 || now >= quietUntil) {
			history.later({ kind: 'lag', t: now, process: name, lagMs: Math.max(0, Number(worst.toFixed(3))) });
			quietUntil = now + 1000;
		}
		worst = 0;
		periodEnd = now + 100;
	}, TICK);
	timer.unref();
	return () => clearInterval(timer);
};
