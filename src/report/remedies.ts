import type { Check, ExperimentResult, RunResult } from '../model/run.js';

interface Remedy {
	subject: RegExp;
	fault: RegExp;
	metric: RegExp;
	advice: string;
}

const REACH = /^(availability|errorWindowMs|timeToDetectMs|timeToFailoverMs|timeToRecoverMs|p50Ms|p99Ms|missedRetry|clientTimeLostMs)$/;
const TWICE = /^(nonIdempotent|doubleExecuted|replayed|amplification)/;

/** What is known to mend what was seen: measured on nginx 1.22, HAProxy 2.6 and the built-in client. The first that fits is told. */
const REMEDIES: readonly Remedy[] = [
	{
		subject: /nginx/,
		fault: /freeze|blackhole|delay/,
		metric: REACH,
		advice:
			'nginx waits 60 s for a silent upstream, and a client that gives up (499) is no failure to it: set proxy_connect_timeout and proxy_read_timeout below what your clients wait',
	},
	{
		subject: /nginx/,
		fault: /error/,
		metric: REACH,
		advice: 'to nginx a 5xx answer is an answer: name it in proxy_next_upstream (error timeout http_502 http_503)',
	},
	{
		subject: /nginx/,
		fault: /./,
		metric: TWICE,
		advice:
			'proxy_next_upstream … non_idempotent sends POSTs again that may have run: take it out, or give requests an idempotency key that the replicas honour',
	},
	{
		subject: /haproxy/,
		fault: /kill|term|crash/,
		metric: REACH,
		advice: 'HAProxy retries on the same server: add `check` to the servers and `option redispatch 1`',
	},
	{
		subject: /haproxy/,
		fault: /reset|blackhole|error|freeze|delay|drop/,
		metric: REACH,
		advice: 'a TCP check sees an open port: use `option httpchk`, `timeout server` below what your clients wait, and `observe layer7`',
	},
	{
		subject: /haproxy/,
		fault: /./,
		metric: TWICE,
		advice: 'retry-on does not look at the method: add `http-request disable-l7-retry if METH_POST`',
	},
	{
		subject: /client/,
		fault: /./,
		metric: TWICE,
		advice: 'list only idempotent methods under retry.methods; unsent requests may always be sent again',
	},
	{
		subject: /client/,
		fault: /./,
		metric: REACH,
		advice: 'see that retry, a timeout per try and ejection are on (daruma verify --dry-run prints them)',
	},
];

/** What to do about a check that fell short; null where nothing better is known than to look at its evidence. */
export const remedy = (check: Check, experiment: ExperimentResult, result: RunResult): string | null => {
	if (check.verdict !== 'fail') return null;
	const kinds = experiment.events.map((event) => event.kind).join(' ');
	return REMEDIES.find((r) => r.subject.test(result.subject.kind) && r.fault.test(kinds) && r.metric.test(check.metric))?.advice ?? null;
};
