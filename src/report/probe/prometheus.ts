import type { Latencies, ProbedEndpoint, ProbeResult } from '../../checks/probe/result.js';
import { exposition, type Family, type Reading } from '../exposition.js';
import type { ProbeReport } from './report.js';

const STATES = ['up', 'warning', 'suspect', 'down', 'unknown'] as const;
const VERDICTS = ['pass', 'fail', 'inconclusive'] as const;
const DAY_S = 86_400;

type Labels = Record<string, string>;

/** For node_exporter's textfile collector. All gauges: each run replaces the file, so nothing counts on. */
export const prometheus: ProbeReport = { result: (result) => exposition(families(result)) };

/** Null, not seen, is no reading. */
const reading = (labels: Labels, value: number | null): Reading[] => (value === null ? [] : [{ labels, value }]);
/** ms → s, without the digits that a division invents. */
const seconds = (labels: Labels, ms: number | null): Reading[] => reading(labels, ms === null ? null : Number((ms / 1000).toFixed(6)));
/** 1 for what is, 0 for the others. */
const oneOf = (labels: Labels, key: string, words: readonly string[], word: string): Reading[] =>
	words.flatMap((each) => reading({ ...labels, [key]: each }, Number(each === word)));
const latencies = (labels: Labels, found: Latencies): Reading[] => Object.entries(found).flatMap(([stat, ms]) => seconds({ ...labels, stat }, ms));
const snake = (name: string): string => name.replace(/[A-Z]/g, (char) => `_${char.toLowerCase()}`);

type Metric = [name: string, help: string, of: (e: ProbedEndpoint, labels: Labels) => Reading[]];

const METRICS: readonly Metric[] = [
	['success', '1 unless the endpoint is down or was never heard.', (e, of) => reading(of, e.state === 'down' || e.state === 'unknown' ? 0 : 1)],
	['state', '1 for the state that the endpoint is in.', (e, of) => oneOf(of, 'state', STATES, e.state)],
	[
		'questions',
		'Questions of this probe by outcome; local ones failed by our own doing.',
		(e, of) => (['ok', 'warning', 'failed', 'local'] as const).flatMap((outcome) => reading({ ...of, outcome }, e[outcome])),
	],
	[
		'failures',
		'Answers of this probe that were not good, by reason.',
		(e, of) => Object.entries(e.reasons).flatMap(([reason, n]) => reading({ ...of, reason }, n)),
	],
	['skipped', 'Beats that were due while a question was still out.', (e, of) => reading(of, e.skipped)],
	[
		'latency_seconds',
		'Latency of good answers; absent where there are too few samples to say.',
		(e, of) => [
			...latencies({ ...of, connection: e.latencyOver }, e.latencyMs),
			...(e.latencyOver === 'kept' ? latencies({ ...of, connection: 'fresh' }, e.fresh.latencyMs) : []),
		],
	],
	[
		'phase_seconds',
		'Mean duration of a phase over the good answers that went through it.',
		(e, of) => Object.entries(e.phasesMs).flatMap(([phase, ms]) => seconds({ ...of, phase: snake(phase) }, ms)),
	],
	['uncertainty_seconds', 'The most that the event loop of the prober may have added to a latency.', (e, of) => seconds(of, e.uncertaintyMs)],
	['certificate_remaining_seconds', 'Until the certificate ends, in whole days.', (e, of) => reading(of, e.certDays === null ? null : e.certDays * DAY_S)],
	['reported_load_ratio', 'What the endpoint says of its own load.', (e, of) => reading(of, e.load === null ? null : e.load / 100)],
	[
		'check',
		'1 for the verdict on an expectation.',
		(e, of) => e.checks.flatMap(({ expect, verdict }) => oneOf({ ...of, expect }, 'verdict', VERDICTS, verdict)),
	],
];

export const families = ({ verdict, endpoints, pauses }: Pick<ProbeResult, 'verdict' | 'endpoints' | 'pauses'>): Family[] => {
	const gauge = (name: string, help: string, readings: readonly Reading[]): Family => ({ name: `daruma_probe_${name}`, help, type: 'gauge', readings });
	return [
		...METRICS.map(([name, help, of]) =>
			gauge(
				name,
				help,
				endpoints.flatMap((e) => of(e, { endpoint: e.endpoint })),
			),
		),
		gauge('verdict', '1 for the verdict on the whole probe.', oneOf({}, 'verdict', VERDICTS, verdict)),
		gauge('pauses', 'How often the prober itself stood still.', reading({}, pauses.count)),
		gauge('paused_seconds', 'For how long the prober itself stood still.', seconds({}, pauses.totalMs)),
	];
};
