import type { ProbedEndpoint } from '../../checks/probe/result.js';
import { formatDuration } from '../../model/duration.js';
import type { Recommendation } from '../../model/simulation.js';
import { type Cell, columns, wrap } from '../columns.js';
import { clean } from '../escape.js';
import { rankingTable } from '../ranking.js';
import type { Style } from '../style.js';
import type { RankReport } from './report.js';

/** The places with their reasons, what did not go well, what the ranking does not say, and the policies compared. */
export const table: RankReport = {
	result(result, { style, width }) {
		const { policy, key, ranking, endpoints, notes, pauses, compare } = result;
		const lines = [
			style.dim(`by ${policy}${key === undefined ? '' : ` of the key ${clean(JSON.stringify(key))}`}, ${asked(endpoints)}`),
			rankingTable(ranking, style).trimEnd(),
			...endpoints.flatMap((e) => troubles(e, style)),
			...notes.map((note) => style.yellow(`note: ${clean(note)}`)),
			...(pauses.count > 0 ? [style.yellow(`daruma itself stood still ${pauses.count} times, ${formatDuration(pauses.totalMs)} in all`)] : []),
			...(compare ? ['', ...compared(compare, style, width)] : []),
			...(compare === null ? [style.yellow('note: no endpoint has answered: there is nothing to simulate')] : []),
		];
		return `${lines.join('\n')}\n`;
	},
};

const asked = (endpoints: readonly ProbedEndpoint[]): string => {
	const counts = endpoints.map(({ sent }) => sent);
	const [least, most] = [Math.min(...counts), Math.max(...counts)];
	return `${least === most ? most : `${least} to ${most}`} questions each`;
};

const troubles = (e: ProbedEndpoint, style: Style): string[] => [
	...(e.lastError === null ? [] : [`${clean(e.endpoint)}: ${e.failed + e.local} of ${e.sent} failed, lastly ${clean(e.lastError)}`]),
	...e.checks
		.filter(({ verdict }) => verdict !== 'pass')
		.map(
			({ expect, verdict, why, next }) =>
				`${clean(e.endpoint)}: ${(verdict === 'fail' ? style.red : style.yellow)(verdict)} ${clean(expect)}: ${clean(why)}${next ? `; ${clean(next)}` : ''}`,
		),
];

const LETTERS = 'ABCDEFGH';
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const time = (ms: number | null): string => (ms === null ? '-' : formatDuration(ms));

/** Every policy in every situation, the least regret first. */
const compared = ({ recommended, why, scene, situations, regrets, notes }: Recommendation, style: Style, width: number): string[] => {
	const head = ['policy', 'lost', 'p99 ×', ...situations.flatMap((_, i) => ['success', 'mean', 'p99'].map((word) => `${LETTERS[i]} ${word}`))];
	const rows = regrets.map(({ policy, lost, p99Times }): Cell[] => [
		{ text: policy, ...(policy === recommended && { paint: style.green }) },
		{ text: percent(lost), right: true },
		{ text: p99Times.toFixed(2), right: true },
		...situations.flatMap(({ policies }) => {
			const own = policies.find((each) => each.policy === policy);
			return own ? [percent(own.success), time(own.meanMs), time(own.p99Ms)].map((text): Cell => ({ text, right: true })) : [];
		}),
	]);
	const { rate, durationMs, clients, seed } = scene;
	return [
		`${style.bold('recommended')}: ${style.green(recommended)}`,
		...wrap(clean(why), width, '  '),
		'',
		...wrap(
			`simulated with the measured latencies: ${rate} requests/s for ${formatDuration(durationMs)}, ${clients} ${clients === 1 ? 'client' : 'clients'}, seed ${seed}`,
			width,
			'',
		).map(style.dim),
		...situations.flatMap(({ name }, i) => wrap(`${LETTERS[i]}: ${clean(name)}`, width, '')).map(style.dim),
		...wrap('lost, p99 ×: against the best of each situation; of those that need neither keys nor reports, the first is recommended', width, '').map(style.dim),
		...columns([head.map((text, i): Cell => ({ text, paint: style.dim, right: i > 0 })), ...rows]),
		...notes.flatMap((note) => wrap(`note: ${clean(note)}`, width, '').map(style.yellow)),
	];
};
