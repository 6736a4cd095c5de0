import { setMaxListeners } from 'node:events';
import type { Cancel, Clock } from '../model/clock.js';
import type { Following, SourceListener } from './source.js';

export const FIRST_RETRY_MS = 1000;
export const LAST_RETRY_MS = 30_000;

/** Waits before the n-th attempt after a failure (n from 1), ms: it doubles, up to half a minute. */
export const retryMs = (failures: number, firstMs = FIRST_RETRY_MS): number => Math.min(LAST_RETRY_MS, firstMs * 2 ** Math.min(10, failures - 1));

/**
 * Asks again and again, one question at a time. `ask` does its work, tells the listener, and says in how many ms it is
 * to be called next; what it throws is told as `lost`, with a back-off that begins at `firstMs`.
 */
export const askAgain = (
	ask: (signal: AbortSignal) => Promise<number>,
	listener: Pick<SourceListener, 'lost'>,
	clock: Clock,
	firstMs = FIRST_RETRY_MS,
): Following => {
	const abort = new AbortController();
	setMaxListeners(0, abort.signal);
	let failures = 0;
	let cancel: Cancel = () => {};
	let running = Promise.resolve();
	const turn = (): void => {
		running = ask(abort.signal)
			.then(
				(nextMs) => {
					failures = 0;
					return nextMs;
				},
				(error: unknown) => {
					failures++;
					if (!abort.signal.aborted) listener.lost((error as Error).message);
					return retryMs(failures, firstMs);
				},
			)
			.then((ms) => {
				if (!abort.signal.aborted) cancel = clock.at(clock.now() + ms, turn);
			});
	};
	turn();
	return {
		async close() {
			abort.abort(new Error('closed'));
			cancel();
			await running;
		},
	};
};
