import { census, type WatchRow, type WatchView } from '../../checks/watch/view.js';
import { LATENCY_BUCKETS } from '../../checks/watch/vitals.js';
import { exposition, type Family, type Reading } from '../exposition.js';

const STATES = ['up', 'warning', 'suspect', 'down', 'unknown'] as const;
const PREFIX = 'daruma_watch_';

const each = (rows: readonly WatchRow[], of: (row: WatchRow) => number | null, more: Readonly<Record<string, string>> = {}): Reading[] =>
	rows.flatMap((row) => {
		const value = of(row);
		return value === null ? [] : [{ labels: { endpoint: row.endpoint, ...more }, value }];
	});

const histogram = ({ endpoint, vitals }: WatchRow): Reading[] => {
	if (vitals.sent === 0) return [];
	let count = 0;
	const buckets = [...LATENCY_BUCKETS.map(String), '+Inf'].map((le, i): Reading => {
		count += vitals.buckets[i] as number;
		return { suffix: '_bucket', labels: { endpoint, le }, value: count };
	});
	return [
		...buckets,
		{ suffix: '_sum', labels: { endpoint }, value: Number((vitals.sumMs / 1000).toFixed(9)) },
		{ suffix: '_count', labels: { endpoint }, value: count },
	];
};

const samples = ({ endpoint, vitals }: WatchRow): Reading[] => {
	if (vitals.sent === 0) return [];
	const good = [
		{ labels: { endpoint, verdict: 'ok', reason: '' }, value: vitals.ok },
		{ labels: { endpoint, verdict: 'warning', reason: '' }, value: vitals.warnings },
	];
	const bad = Object.entries(vitals.failedBy).map(([reason, value]) => ({ labels: { endpoint, verdict: 'failed', reason }, value }));
	return [...good, ...bad, ...(vitals.local > 0 ? [{ labels: { endpoint, verdict: 'local', reason: 'local' }, value: vitals.local }] : [])];
};

const one = (value: number, labels: Readonly<Record<string, string>> = {}): Reading[] => [{ labels, value }];

/** `/metrics`: Prometheus' text format. Names and base units as its conventions have them. */
export const prometheus = (view: WatchView): string => {
	const { rows, cost, hooks } = view;
	const counts = census(rows);
	const family = (name: string, type: Family['type'], help: string, readings: readonly Reading[]): Family => ({ name: PREFIX + name, type, help, readings });
	return exposition([
		family(
			'up',
			'gauge',
			'Whether the endpoint serves: 1 for up, warning and suspect, 0 for down; absent while nothing is known.',
			each(rows, ({ state }) => (state === 'unknown' ? null : state === 'down' ? 0 : 1)),
		),
		family(
			'state',
			'gauge',
			'The state of the endpoint: 1 for the one that it is in.',
			rows.flatMap(({ endpoint, state }) => STATES.map((each) => ({ labels: { endpoint, state: each }, value: each === state ? 1 : 0 }))),
		),
		family(
			'endpoints',
			'gauge',
			'How many endpoints are in each state.',
			STATES.flatMap((state) => one(counts[state], { state })),
		),
		family(
			'state_changes_total',
			'counter',
			'Changes of state.',
			each(rows, ({ vitals }) => vitals.changes),
		),
		family(
			'uptime_ratio',
			'gauge',
			'Share of the time in which it served, of the time in which its state was known.',
			each(rows, ({ uptime }) => uptime),
		),
		family(
			'last_change_timestamp_seconds',
			'gauge',
			'When its state last changed.',
			each(rows, ({ vitals }) => (vitals.changedAt === null ? null : Date.parse(vitals.changedAt) / 1000)),
		),
		family('samples_total', 'counter', 'Questions by what came of them; local ones failed by our own doing.', rows.flatMap(samples)),
		family('latency_seconds', 'histogram', 'Latency of good answers, from the question to the end of the answer.', rows.flatMap(histogram)),
		family(
			'skipped_beats_total',
			'counter',
			'Beats that were due while a question was still out, or no place was free.',
			each(rows, ({ vitals }) => vitals.skipped),
		),
		family(
			'load_percent',
			'gauge',
			'The load that the endpoint reports: 100 is full.',
			each(rows, ({ load }) => load),
		),
		family(
			'weight_percent',
			'gauge',
			'The share of its usual requests that the endpoint asks for.',
			each(rows, ({ weight }) => weight),
		),
		family(
			'reports_total',
			'counter',
			'Reports that the endpoint pushed.',
			each(rows, ({ reports }) => (reports === 0 ? null : reports)),
		),
		family(
			'reported',
			'gauge',
			'What the latest report named besides.',
			rows.flatMap(({ endpoint, metrics }) => Object.entries(metrics).map(([metric, value]) => ({ labels: { endpoint, metric }, value }))),
		),
		family(
			'certificate_days',
			'gauge',
			'Days until its certificate ends.',
			each(rows, ({ vitals }) => vitals.certDays),
		),
		family('bytes_total', 'counter', 'Bytes of questions and answers.', [
			...each(rows, ({ vitals }) => vitals.bytes.sent, { direction: 'sent' }),
			...each(rows, ({ vitals }) => vitals.bytes.received, { direction: 'received' }),
		]),
		family('asked_total', 'counter', 'Questions asked.', one(view.asked)),
		family('outstanding', 'gauge', 'Questions that are out now.', one(view.out)),
		family(
			'requests_per_second',
			'gauge',
			'What detection costs: answers awaited per second, over the last minute.',
			one(Number(cost.requestsPerSecond.toFixed(3))),
		),
		family('bytes_per_second', 'gauge', 'What detection costs: payload sent and received, over the last minute.', one(Number(cost.bytesPerSecond.toFixed(1)))),
		family('reports_per_second', 'gauge', 'Reports pushed, over the last minute.', one(Number(cost.reportsPerSecond.toFixed(3)))),
		family('pauses_total', 'counter', 'How often daruma itself stood still.', one(view.pauses.count)),
		family('paused_seconds_total', 'counter', 'For how long in all.', one(Number((view.pauses.totalMs / 1000).toFixed(3)))),
		family('loop_late_seconds', 'gauge', 'How late our own timer was, at worst, in the last one to two minutes.', one(Number((view.lateMs / 1000).toFixed(6)))),
		family('elapsed_seconds', 'gauge', 'Since the watch began.', one(Number((view.elapsedMs / 1000).toFixed(3)))),
		family('hooks_total', 'counter', 'Hooks that were started, failed, or refused because too many were waiting.', [
			...one(hooks.started, { result: 'started' }),
			...one(hooks.failed, { result: 'failed' }),
			...one(hooks.refused, { result: 'refused' }),
		]),
		family('events_dropped_total', 'counter', 'Events that were not written, since nobody read them in time.', one(view.dropped)),
	]);
};
