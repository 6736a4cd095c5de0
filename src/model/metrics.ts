export interface MetricInfo {
	name: string;
	/** What people type: the name, with or without the unit's suffix. */
	alias: string;
	unit: 'ms' | 'ratio' | 'count' | 'factor';
	/** One line for help, docs and reports. */
	summary: string;
}

const metric = (name: string, unit: MetricInfo['unit'], summary: string): MetricInfo => ({ name, alias: name.replace(/Ms$/, ''), unit, summary });

/** Every metric of a run, in the order in which people read them. All are always present in a result. */
export const METRICS: readonly MetricInfo[] = [
	metric('requests', 'count', 'logical requests that overlap the fault'),
	metric('availability', 'ratio', 'share of them answered well within the client timeout'),
	metric('p50Ms', 'ms', 'median latency in the fault, from the intended send time'),
	metric('p99Ms', 'ms', '99th percentile of the same'),
	metric('errorWindowMs', 'ms', 'from the first to the last client error'),
	metric('clientTimeLostMs', 'ms', 'sum of latency beyond the baseline median'),
	metric('timeToDetectMs', 'ms', 'fault effective → last regular attempt at the faulty node'),
	metric('timeToFailoverMs', 'ms', 'fault effective → requests succeed again'),
	metric('timeToRecoverMs', 'ms', 'fault healed → goodput is back at the baseline'),
	metric('failbackMs', 'ms', 'fault healed → first request at the healed node'),
	metric('timeToDeregisterMs', 'ms', 'fault effective → the registry no longer gives the node'),
	metric('amplification', 'factor', 'attempts per logical request'),
	metric('replayed', 'count', 'requests that replicas received more than once'),
	metric('doubleExecuted', 'count', 'requests that replicas executed more than once'),
	metric('nonIdempotentReplayed', 'count', 'non-idempotent requests received or executed more than once'),
	metric('nonIdempotentDoubleExecuted', 'count', 'non-idempotent requests executed more than once'),
	metric('ghost', 'count', 'the client saw a failure, a replica executed it'),
	metric('late', 'count', 'executed after the client had given up'),
	metric('lost', 'count', 'the client saw success, no replica executed it'),
	metric('ambiguous', 'count', 'the client saw a failure, a replica received it and did not execute it'),
	metric('missedRetry', 'count', 'the client saw a failure though no replica had received it: a retry was safe'),
	metric('recoveryMs', 'ms', 'fault effective → the supervisor had brought the node back, or taken it out'),
	metric('recoveries', 'count', 'recovery actions begun'),
	metric('recoveryFailed', 'count', 'recovery actions that did not end well, rolled back or given up'),
	metric('recoveryStorm', 'count', 'recovery actions beyond the limit of a window'),
	metric('outAtOnce', 'count', 'nodes that recovery worked on, or held out, at the same time'),
	metric('flapping', 'count', 'nodes mended, and mended again before they were stable'),
	metric('loadSkew', 'factor', 'busiest surviving node against the mean of the survivors'),
];

export const findMetric = (typed: string): MetricInfo | undefined => METRICS.find((m) => m.name === typed || m.alias === typed);
