import type { Plan } from '../model/plan.js';
import * as defaults from './defaults.js';

/**
 * The main job with nothing to write: three built-in replicas, the built-in client, one crash, under 20 s in all. The
 * crash is tripped by a POST, so at least one non-idempotent request is always in the dead replica's hands; the bounds
 * leave a good client much room on a busy machine.
 */
export const demoPlan = (seed: number): Plan => ({
	version: 1,
	file: null,
	seed,
	demo: true,
	cluster: { replicas: 3, replica: { kind: 'http', serviceMs: 50 }, tap: true },
	subject: { ...defaults.client(), ejection: { ...defaults.ejection(), forMs: 1000 } },
	traffic: { ...defaults.traffic(), rate: 150, mix: defaults.mix('/task') },
	experiments: [
		{
			name: 'a replica crashes',
			faults: [{ ...defaults.fault('crash'), target: 'n2', forMs: 2500, methods: ['POST'] }],
			baselineMs: 2000,
			afterMs: 3000,
			repeat: 1,
			expect: defaults.expectAll('availability >= 95%', 'timeToFailover <= 2s', 'nonIdempotentReplayed == 0', 'amplification <= 1.2'),
			allow: [],
			line: null,
		},
	],
});
