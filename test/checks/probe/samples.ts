import type { Phases, Sample } from '../../../src/model/sample.js';
import { parseTarget } from '../../../src/model/target.js';

export const TARGET = parseTarget('http://me:secret@127.0.0.1:1/');
export const PHASES: Phases = { dns: null, connect: null, tls: null, firstByte: 1, transfer: 0 };

export const sample = (ms: number, more: Partial<Sample> = {}): Sample => ({
	dueMs: 0,
	sentMs: 1,
	endMs: 1 + ms,
	verdict: 'ok',
	fresh: false,
	phases: PHASES,
	uncertaintyMs: 0.1,
	bytes: { sent: 10, received: 20 },
	...more,
});
export const failed = (more: Partial<Sample> = {}): Sample => sample(5, { verdict: 'failed', reason: 'refused', ...more });
