import type { ProbedEndpoint, ProbeResult } from '../../checks/probe/result.js';
import { clean } from '../escape.js';
import type { ProbeReport } from './report.js';

const WORDS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

/**
 * One line and performance data, as the Monitoring Plugins' guidelines have it, with their exit codes: 0 OK, 1 WARNING
 * (it answers and says that it is not well, or its latest answer failed), 2 CRITICAL (down, or an expectation failed),
 * 3 UNKNOWN (inconclusive).
 */
export const nagios: ProbeReport = {
	result(result) {
		const data = result.endpoints.flatMap((e) => performance(e, result.endpoints.length > 1));
		return `${nagiosLine(exitOf(result), story(result))}${data.length > 0 ? ` | ${data.join(' ')}` : ''}\n`;
	},
	exit: (result) => exitOf(result),
};

/** `PROBE OK - text`: one line, without the bar that would begin the performance data. */
export const nagiosLine = (exit: 0 | 1 | 2 | 3, text: string): string => `PROBE ${WORDS[exit]} - ${clean(text).replaceAll('|', '/')}`;

const exitOf = ({ verdict, endpoints }: ProbeResult): 0 | 1 | 2 | 3 => {
	if (verdict !== 'pass') return verdict === 'fail' ? 2 : 3;
	return endpoints.some(({ state }) => state !== 'up') ? 1 : 0;
};

const story = ({ endpoints, agreement }: ProbeResult): string => {
	const troubles = endpoints.flatMap((e) => [
		...(e.state === 'up' ? [] : [`${e.endpoint} ${e.state}: ${e.lastError ?? e.why}`]),
		...e.checks.filter(({ verdict }) => verdict !== 'pass').map(({ expect, verdict, why }) => `${e.endpoint} ${expect} ${verdict}: ${why}`),
	]);
	if (agreement && agreement.verdict !== 'pass') troubles.push(`answers agree ${agreement.verdict}: ${agreement.why}`);
	const up = endpoints.filter(({ state }) => state === 'up').length;
	return [`${up} of ${endpoints.length} up`, ...troubles].join('; ');
};

/** `'label'=value[unit];warn;crit;min;max`: a label holds no `=`, its quotes are doubled. */
const performance = (e: ProbedEndpoint, named: boolean): string[] => {
	const label = (name: string): string => `'${named ? `${clean(e.endpoint).replace(/[=|]/g, '_').replaceAll("'", "''")}::` : ''}${name}'`;
	const times = Object.entries(e.latencyMs).flatMap(([name, ms]) => (ms === null ? [] : [`${label(name)}=${Number((ms / 1000).toFixed(6))}s;;;0`]));
	const counted = e.ok + e.warning + e.failed;
	const share = counted === 0 ? [] : [`${label('availability')}=${Number((((e.ok + e.warning) / counted) * 100).toFixed(3))}%;;;0;100`];
	return [...times, ...share, ...(e.certDays === null ? [] : [`${label('certDays')}=${e.certDays}`])];
};
