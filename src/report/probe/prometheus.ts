import type { ProbedEndpoint, ProbeResult } from '../../checks/probe/result.js';
import { exposition, type Family, toSeconds } from '../exposition.js';
import type { ProbeReport } from './report.js';

const STATES = ['up', 'warning', 'suspect', 'down', 'unknown'] as const;
const VERDICTS = ['pass', 'fail', 'inconclusive'] as const;
const DAY_S = 86_400;

type Rows = Family['series'][number][];

/** For node_exporter's textfile collector. All gauges: each run replaces the file, so nothing counts on. States and verdicts are 1 for what is, 0 for the others. */
export const prometheus: ProbeReport = { result: (result) => exposition(families(result)) };

export const families = ({ verdict, endpoints, pauses }: ProbeResult): Family[] => {
	const each = (rows: (e: ProbedEndpoint, of: { endpoint: string }) => Rows): Rows => endpoints.flatMap((e) => rows(e, { endpoint: e.endpoint }));
	const gauge = (name: string, help: string, series: Rows): Family => ({ name: `daruma_probe_${name}`, help, type: 'gauge', series });
	return [
		gauge(
			'success',
			'1 unless the endpoint is down or was never heard.',
			each((e, of) => [[of, e.state === 'down' || e.state === 'unknown' ? 0 : 1]]),
		),
		gauge(
			'state',
			'1 for the state that the endpoint is in.',
			each((e, of) => STATES.map((state) => [{ ...of, state }, Number(e.state === state)])),
		),
		gauge(
			'questions',
			'Questions of this probe by outcome; local ones failed by our own doing.',
			each((e, of) => (['ok', 'warning', 'failed', 'local'] as const).map((outcome) => [{ ...of, outcome }, e[outcome]])),
		),
		gauge(
			'failures',
			'Answers of this probe that were not good, by reason.',
			each((e, of) => Object.entries(e.reasons).map(([reason, n]) => [{ ...of, reason }, n])),
		),
		gauge(
			'skipped',
			'Beats that were due while a question was still out.',
			each((e, of) => [[of, e.skipped]]),
		),
		gauge(
			'latency_seconds',
			'Latency of good answers; absent where there are too few samples to say.',
			each((e, of) => [
				...Object.entries(e.latencyMs).map(([stat, ms]): Rows[number] => [{ ...of, connection: e.latencyOver, stat }, toSeconds(ms)]),
				...(e.latencyOver === 'fresh'
					? []
					: Object.entries(e.fresh.latencyMs).map(([stat, ms]): Rows[number] => [{ ...of, connection: 'fresh', stat }, toSeconds(ms)])),
			]),
		),
		gauge(
			'phase_seconds',
			'Mean duration of a phase over the good answers that went through it.',
			each((e, of) =>
				Object.entries(e.phasesMs).map(([phase, ms]) => [{ ...of, phase: phase.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`) }, toSeconds(ms)]),
			),
		),
		gauge(
			'uncertainty_seconds',
			'The most that the event loop of the prober may have added to a latency.',
			each((e, of) => [[of, toSeconds(e.uncertaintyMs)]]),
		),
		gauge(
			'certificate_remaining_seconds',
			'Until the certificate ends, in whole days.',
			each((e, of) => [[of, e.certDays === null ? null : e.certDays * DAY_S]]),
		),
		gauge(
			'reported_load_ratio',
			'What the endpoint says of its own load.',
			each((e, of) => [[of, e.load === null ? null : e.load / 100]]),
		),
		gauge(
			'check',
			'1 for the verdict on an expectation.',
			each((e, of) =>
				e.checks.flatMap(({ expect, verdict: found }) => VERDICTS.map((v): Rows[number] => [{ ...of, expect, verdict: v }, Number(found === v)])),
			),
		),
		gauge(
			'verdict',
			'1 for the verdict on the whole probe.',
			VERDICTS.map((v) => [{ verdict: v }, Number(verdict === v)]),
		),
		gauge('pauses', 'How often the prober itself stood still.', [[{}, pauses.count]]),
		gauge('paused_seconds', 'For how long the prober itself stood still.', [[{}, toSeconds(pauses.totalMs)]]),
	];
};
