import { census, type WatchRow, type WatchView } from '../../checks/watch/view.js';
import type { Supported } from '../../checks/watch/vitals.js';

const round = (n: number | null): number | null => (n === null ? null : Number(n.toFixed(3)));
const ms = (found: Supported): number | null => ('ms' in found ? round(found.ms) : null);

/** One endpoint of `/status`. ms; null: nothing to say, or too few answers to say it. */
export const endpointStatus = (row: WatchRow, nowMs: number) => ({
	endpoint: row.endpoint,
	protocol: row.protocol,
	state: row.state,
	why: row.why,
	by: row.by,
	score: round(row.score ?? null),
	changedAt: row.vitals.changedAt,
	forMs: row.vitals.changedMs === null ? null : Math.round(nowMs - row.vitals.changedMs),
	changes: row.vitals.changes,
	uptime: row.uptime === null ? null : Number(row.uptime.toFixed(6)),
	sent: row.vitals.sent,
	ok: row.vitals.ok,
	warning: row.vitals.warnings,
	failed: row.vitals.failures,
	local: row.vitals.local,
	skipped: row.vitals.skipped,
	reasons: row.vitals.reasons,
	lastError: row.vitals.lastError,
	lastMs: round(row.vitals.lastMs),
	p50Ms: ms(row.vitals.percentile(0.5)),
	p99Ms: ms(row.vitals.percentile(0.99)),
	load: round(row.load),
	weightPercent: row.weight,
	reports: row.reports,
	metrics: row.metrics,
	certDays: row.vitals.certDays,
});

/** `/status`: `daruma.watch.status/1`. */
export const status = (view: WatchView) => ({
	schema: 'daruma.watch.status/1' as const,
	time: view.time,
	elapsedMs: Math.round(view.elapsedMs),
	states: census(view.rows),
	endpoints: view.rows.map((row) => endpointStatus(row, view.nowMs)),
	asked: view.asked,
	outstanding: view.out,
	skipped: view.skipped,
	pauses: { count: view.pauses.count, totalMs: Math.round(view.pauses.totalMs) },
	lateMs: round(view.lateMs),
	cost: {
		requestsPerSecond: round(view.cost.requestsPerSecond),
		bytesPerSecond: round(view.cost.bytesPerSecond),
		reportsPerSecond: round(view.cost.reportsPerSecond),
	},
	hooks: view.hooks,
	droppedEvents: view.dropped,
});
