import type { GrpcJsSpec } from '../../model/plan.js';

const seconds = (ms: number): string => `${ms / 1000}s`;

/** The service config (gRFC A2; retries by A6, for every method) that a specification stands for. Pure. */
export const serviceConfig = ({ policy, retry, config }: GrpcJsSpec): Record<string, unknown> => {
	if (config) return config;
	const methodConfig = retry && [
		{
			name: [{}],
			retryPolicy: {
				maxAttempts: retry.attempts,
				initialBackoff: seconds(retry.baseMs),
				maxBackoff: seconds(retry.maxMs),
				backoffMultiplier: retry.multiplier,
				retryableStatusCodes: retry.statuses,
			},
		},
	];
	return { loadBalancingConfig: [{ [policy]: {} }], ...(methodConfig && { methodConfig }) };
};
