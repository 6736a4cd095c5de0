import type { ProbeCheck, ProbedEndpoint, ProbeResult } from '../../checks/probe/result.js';

/** One thing that was tested, for formats that know tests: that an endpoint answers, or an expectation. */
export interface ProbeCase extends ProbeCheck {
	/** Its name; of what all of them must do together, {@link TOGETHER}. */
	endpoint: string;
}

export const TOGETHER = 'all targets';

/**
 * The cases of an endpoint. They fail, or are inconclusive, exactly where the exit code says so: whoever is down fails
 * to answer; one missed answer, or a warning, is no failure.
 */
export const casesOf = (endpoint: ProbedEndpoint): ProbeCase[] => {
	const { state, why, lastError, endpoint: name } = endpoint;
	const verdict = state === 'down' ? 'fail' : state === 'unknown' ? 'inconclusive' : 'pass';
	const answers: ProbeCase = {
		endpoint: name,
		expect: 'answers',
		verdict,
		why: `${state}: ${why}`,
		...(lastError !== null && { next: `last error: ${lastError}` }),
	};
	return [answers, ...endpoint.checks.map((check) => ({ endpoint: name, ...check }))];
};

/** With `--compare`: that they answer alike. */
export const togetherCases = ({ agreement }: ProbeResult): ProbeCase[] =>
	agreement ? [{ endpoint: TOGETHER, expect: 'answers agree', verdict: agreement.verdict, why: agreement.why }] : [];

export const allCases = (result: ProbeResult): ProbeCase[] => [...result.endpoints.flatMap(casesOf), ...togetherCases(result)];
