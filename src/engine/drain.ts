import { open } from 'node:fs/promises';
import type { Clock } from '../model/clock.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** A replica of the user's own may write JSON with spaces, and tells of daruma's probes too, which go on while we wait. */
const SERVER_LINE = /"kind"\s*:\s*"(?:receipt|response|received|executed)"/;
const PROBE = /"id"\s*:\s*"probe-/;

/**
 * Waits until the replicas are idle: no line of theirs or of their taps has come for `quietMs`, at most `limitMs` in
 * all. False when it was cut off: then counts are lower bounds.
 */
export const settle = async (history: string, clock: Clock, quietMs: number, limitMs: number): Promise<boolean> => {
	const limit = clock.now() + limitMs;
	const file = await open(history, 'r');
	try {
		let at = (await file.stat()).size;
		let since = clock.now();
		let torn = '';
		while (clock.now() < limit) {
			const size = (await file.stat()).size;
			if (size > at) {
				const { buffer, bytesRead } = await file.read(Buffer.alloc(size - at), 0, size - at, at);
				at += bytesRead;
				const lines = (torn + buffer.toString('utf8', 0, bytesRead)).split('\n');
				torn = lines.pop() as string;
				if (lines.some((line) => SERVER_LINE.test(line) && !PROBE.test(line))) since = clock.now();
			}
			if (clock.now() - since >= quietMs) return true;
			await pause(25);
		}
		return false;
	} finally {
		await file.close();
	}
};
