import type { ProbedEndpoint } from '../../checks/probe/result.js';
import { formatDuration } from '../../model/duration.js';
import { type Cell, columns } from '../columns.js';
import { clean } from '../escape.js';
import type { Style } from '../style.js';
import { agreementLines } from './compare.js';
import { costLine } from './cost.js';
import type { ProbeReport } from './report.js';

const paintOf = (style: Style, state: string): ((text: string) => string) =>
	state === 'up' || state === 'pass' ? style.green : state === 'down' || state === 'fail' ? style.red : style.yellow;

const ms = (value: number | null): string => (value === null ? '-' : formatDuration(value));

const PHASE_NAMES = { dns: 'resolve', connect: 'connect', tls: 'TLS', firstByte: 'first byte', transfer: 'transfer' } as const;

/** One line per endpoint, then what is worth a sentence: where the time went, what failed, what was expected. */
export const table: ProbeReport = {
	result({ endpoints, pauses, agreement, cost }, { style }) {
		const head = ['STATE', 'ENDPOINT', 'OK', 'MIN', 'P50', 'P90', 'P99', 'MAX'].map((text, i): Cell => ({ text, paint: style.dim, right: i > 1 }));
		const rows = endpoints.map((e): Cell[] => [
			{ text: e.state, paint: paintOf(style, e.state) },
			{ text: clean(e.endpoint), paint: style.bold },
			{ text: `${e.ok + e.warning}/${e.sent}`, right: true },
			...[e.latencyMs.min, e.latencyMs.p50, e.latencyMs.p90, e.latencyMs.p99, e.latencyMs.max].map((value) => ({ text: ms(value), right: true })),
		]);
		const lines = columns([head, ...rows]);
		for (const e of endpoints) lines.push(...details(e, style, endpoints.length > 1));
		if (agreement) lines.push(...agreementLines(agreement, style));
		const costs = cost ? costLine(cost, agreement?.delay, endpoints.length) : null;
		if (costs !== null) lines.push(style.dim(costs));
		if (pauses.count > 0) {
			lines.push(
				style.yellow(`daruma itself stood still ${pauses.count} times, ${formatDuration(pauses.totalMs)} in all: what failed meanwhile counts as local`),
			);
		}
		return `${lines.join('\n')}\n`;
	},
};

const details = (e: ProbedEndpoint, style: Style, named: boolean): string[] => {
	const lines: string[] = [];
	const phases = (Object.keys(PHASE_NAMES) as (keyof typeof PHASE_NAMES)[])
		.filter((name) => e.phasesMs[name] !== null)
		.map((name) => `${PHASE_NAMES[name]} ${ms(e.phasesMs[name])}`);
	if (phases.length > 0) {
		const where = e.addresses.length > 0 ? ` from ${e.addresses.map(clean).join(' and ')}` : '';
		lines.push(style.dim(`${phases.join(', ')}${where}${e.uncertaintyMs >= 0.5 ? `; up to ${ms(e.uncertaintyMs)} of a latency may be our own` : ''}`));
	}
	if (e.latencyOver === 'kept' && e.fresh.ok > 0) {
		lines.push(style.dim(`on new connections, apart: ${e.fresh.ok}/${e.fresh.sent} ok, ${ms(e.fresh.latencyMs.min)} to ${ms(e.fresh.latencyMs.max)}`));
	}
	const missing = Object.entries(e.needs);
	if (missing.length > 0 && e.ok + e.warning > 0) {
		lines.push(style.dim(`too few samples for ${missing.map(([name, n]) => `${name} (needs ${n})`).join(', ')}`));
	}
	if (e.state !== 'up' || e.failed > 0) lines.push(paintOf(style, e.state)(clean(e.why)));
	if (e.lastError !== null) lines.push(`last error: ${clean(e.lastError)}`);
	if (e.skipped > 0) lines.push(style.yellow(`${e.skipped} beats were skipped: the answer took longer than the interval`));
	if (e.certDays !== null) lines.push(style.dim(`the certificate ends in ${e.certDays} days`));
	for (const check of e.checks) {
		lines.push(
			`${paintOf(style, check.verdict)(check.verdict.padEnd(12))}  ${clean(check.expect)}  ${style.dim(clean(`${check.why}${check.next ? `; ${check.next}` : ''}`))}`,
		);
	}
	return [...(named && lines.length > 0 ? [style.bold(clean(e.endpoint))] : []), ...lines].map((line, i) => (named && i === 0 ? line : `  ${line}`));
};
