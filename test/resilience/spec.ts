import type { ClientSpec, RetrySpec } from '../../src/model/plan.js';

/** A client that does everything right, to be spoilt part by part. */
export const client = (change: Partial<Omit<ClientSpec, 'retry'>> & { retry?: Partial<RetrySpec> | null } = {}): ClientSpec => ({
	kind: 'client',
	policy: 'round-robin',
	weights: {},
	timeoutMs: 1000,
	deadlineMs: null,
	ejection: null,
	...change,
	retry:
		change.retry === null
			? null
			: {
					attempts: 3,
					baseMs: 50,
					maxMs: 1000,
					jitter: 'none',
					methods: ['GET'],
					statuses: [503],
					unsent: true,
					elsewhere: true,
					budget: null,
					...change.retry,
				},
});
