import type { Field, MeshCost, MeshResult } from '../../checks/mesh/result.js';
import { formatDuration } from '../../model/duration.js';
import { type Cell, columns } from '../columns.js';
import { clean } from '../escape.js';
import { bytes, rates, short } from '../probe/cost.js';
import type { Style } from '../style.js';

const paintOf = (style: Style, state: string): ((text: string) => string) =>
	state === 'up' ? style.green : state === 'down' ? style.red : state === 'unknown' ? style.dim : style.yellow;

const fieldCell = (field: Field | undefined, own: boolean, style: Style): Cell => {
	if (!field) return { text: own ? '·' : '?', paint: style.dim };
	const beside =
		field.state === 'up' || field.state === 'warning'
			? field.latencyMs === null
				? ''
				: ` ${formatDuration(field.latencyMs)}`
			: field.state === 'down' && field.sinceMs !== null
				? ` ${formatDuration(Math.round(field.sinceMs / 100) * 100)}`
				: '';
	return { text: `${field.state}${beside}`, paint: paintOf(style, field.state) };
};

const costLines = ({ heartbeats, toldBy, pairs, nodes, growth, atTwice, collecting }: MeshCost, all: number): string[] => {
	const lines: string[] = [];
	const now = heartbeats && rates(heartbeats);
	if (now && heartbeats) {
		const who = toldBy < all ? `, counted at ${toldBy} of ${all} vantage points` : '';
		const why = growth === 'square' ? `${nodes} nodes look at each other: n × (n − 1) = ${pairs} pairs` : `${pairs} ${pairs === 1 ? 'pair' : 'pairs'}`;
		lines.push(`detection costs: ${now}; ${why}${who}`);
		if (atTwice.requestsPerS !== null && atTwice.bytesSentPerS !== null && atTwice.bytesReceivedPerS !== null)
			lines.push(
				`with ${nodes * 2} nodes it would be ${short(atTwice.requestsPerS)} requests/s, ${bytes(atTwice.bytesSentPerS + atTwice.bytesReceivedPerS)}/s (${atTwice.pairs} pairs)`,
			);
	}
	if (collecting.requests > 0)
		lines.push(`asking for these views cost ${collecting.requests} requests, ${bytes(collecting.bytesSent + collecting.bytesReceived)}`);
	return lines;
};

/** Who sees whom, a row for each vantage point; what the quorum says; then a sentence for each finding. */
export const meshTable = ({ verdict, why, vantages, endpoints, matrix, findings, cost }: MeshResult, { style }: { style: Style }): string => {
	const rows = [...new Set([...vantages.map(({ vantage }) => vantage), ...matrix.map(({ vantage }) => vantage)])];
	const at = new Map(matrix.map((field) => [`${field.vantage}\n${field.endpoint}`, field]));
	const head: Cell[] = [{ text: 'SEES', paint: style.dim }, ...endpoints.map(({ endpoint }): Cell => ({ text: clean(endpoint), paint: style.bold }))];
	const body = rows.map((vantage): Cell[] => [
		{ text: clean(vantage), paint: style.bold },
		...endpoints.map(({ endpoint }) => fieldCell(at.get(`${vantage}\n${endpoint}`), vantage === endpoint, style)),
	]);
	const quorum: Cell[] = [
		{ text: 'quorum', paint: style.dim },
		...endpoints.map(
			({ state, up, down, of }): Cell => ({ text: `${state} ${state === 'down' ? down.length : up.length}/${of}`, paint: paintOf(style, state) }),
		),
	];
	const word = verdict === 'pass' ? style.green(verdict) : verdict === 'fail' ? style.red(verdict) : style.yellow(verdict);
	const lines = endpoints.length > 0 ? columns([head, ...body, quorum]) : [];
	for (const finding of findings) lines.push((finding.verdict === 'fail' ? style.red : style.yellow)(clean(finding.text)));
	lines.push(findings.length > 0 ? word : `${word}: ${clean(why)}`, ...costLines(cost, vantages.length).map((line) => style.dim(line)));
	return `${lines.join('\n')}\n`;
};
