import type { MetricInfo } from './metrics.js';

const metric = (name: string, unit: MetricInfo['unit'], summary: string): MetricInfo => ({ name, alias: name.replace(/Ms$/, ''), unit, summary });

/** What can be asked of all answers of one endpoint together. */
export const PROBE_METRICS: readonly MetricInfo[] = [
	metric('availability', 'ratio', 'share of the questions that were answered well'),
	metric('p50Ms', 'ms', 'median latency of good answers'),
	metric('p90Ms', 'ms', '90th percentile'),
	metric('p99Ms', 'ms', '99th percentile'),
	metric('minMs', 'ms', 'the quickest good answer'),
	metric('maxMs', 'ms', 'the slowest good answer'),
];

export const findProbeMetric = (typed: string): MetricInfo | undefined => PROBE_METRICS.find((m) => m.name === typed || m.alias === typed);
