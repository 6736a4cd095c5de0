import type { Sample } from '../../../src/model/sample.js';
import { NO_PHASES } from '../../../src/model/sample.js';

/** An answer at `endMs` that took `tookMs`, over a kept connection. */
export const answer = (endMs: number, tookMs: number, more: Partial<Sample> = {}): Sample => ({
	dueMs: endMs - tookMs,
	sentMs: endMs - tookMs,
	endMs,
	verdict: 'ok',
	fresh: false,
	phases: { ...NO_PHASES },
	uncertaintyMs: 0,
	bytes: { sent: 100, received: 200 },
	...more,
});
