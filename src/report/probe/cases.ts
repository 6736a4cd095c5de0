import type { ProbeCheck, ProbedEndpoint, ProbeResult } from '../../checks/probe/result.js';

/** One thing that was tested, for formats that know tests: that an endpoint answers, or an expectation. */
export interface ProbeCase extends ProbeCheck {
	endpoint: ProbedEndpoint;
}

/**
 * The cases of an endpoint. They fail, or are inconclusive, exactly where the exit code says so: whoever is down fails
 * to answer; one missed answer, or a warning, is no failure.
 */
export const casesOf = (endpoint: ProbedEndpoint): ProbeCase[] => {
	const { state, why, lastError } = endpoint;
	const verdict = state === 'down' ? 'fail' : state === 'unknown' ? 'inconclusive' : 'pass';
	const answers: ProbeCase = { endpoint, expect: 'answers', verdict, why: `${state}: ${why}`, ...(lastError !== null && { next: `last error: ${lastError}` }) };
	return [answers, ...endpoint.checks.map((check) => ({ endpoint, ...check }))];
};

export const allCases = ({ endpoints }: ProbeResult): ProbeCase[] => endpoints.flatMap(casesOf);
