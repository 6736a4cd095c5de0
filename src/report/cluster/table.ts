import { formatDuration } from '../../model/duration.js';
import type { FaultHandle, NodeStatus, SessionStatus } from '../../model/session.js';
import { type Cell, columns } from '../columns.js';
import { clean } from '../escape.js';
import type { Style } from '../style.js';

/** For people: hours and minutes once there are any. */
const age = (ms: number): string => {
	const seconds = Math.round(ms / 1000);
	if (seconds < 120) return `${seconds}s`;
	const minutes = Math.floor(seconds / 60);
	return minutes < 120 ? `${minutes}min` : `${Math.floor(minutes / 60)}h${minutes % 60 === 0 ? '' : ` ${minutes % 60}min`}`;
};

/** What is on, and how long still: `delay f2, 7s left`. */
export const faultWords = ({ kind, id, state, remainingMs, forMs }: FaultHandle): string => {
	const stage = state === 'effective' ? '' : ` ${state}`;
	const time = remainingMs !== null ? `, ${age(remainingMs)} left` : forMs === null ? ', until healed' : '';
	return `${kind} ${id}${stage}${time}`;
};

const paintState = (style: Style, { state }: NodeStatus): ((text: string) => string) =>
	state === 'up' ? style.green : state === 'down' ? style.red : style.yellow;

const row = (node: NodeStatus, style: Style): Cell[] => [
	{ text: node.name, paint: style.bold },
	{ text: `${node.host}:${node.port}` },
	{ text: node.state, paint: paintState(style, node) },
	{ text: age(node.sinceMs), right: true },
	{ text: node.process === 'running' ? '' : node.process, paint: style.yellow },
	{ text: node.pid === null ? '-' : `${node.pid}`, right: true },
	{ text: `${node.life}`, right: true },
	{ text: node.fault ? faultWords(node.fault) : '', paint: style.yellow },
];

/** Nodes, and the subject before them; one line each. */
export const clusterTable = (status: SessionStatus, style: Style): string[] => {
	const head = ['NODE', 'ADDRESS', 'STATE', 'SINCE', '', 'PID', 'LIFE', 'FAULT'].map(
		(text, i): Cell => ({ text, paint: style.dim, ...([3, 5, 6].includes(i) && { right: true }) }),
	);
	// A column that says nothing takes no place.
	const all = [head, ...status.nodes.map((node) => row(node, style))];
	const rows = status.nodes.every((node) => node.process === 'running') ? all.map((cells) => cells.filter((_, i) => i !== 4)) : all;
	const { subject } = status;
	const before =
		subject.url === null
			? []
			: [`subject ${style.bold(subject.kind)} at ${style.bold(subject.url)}${subject.ended === null ? '' : style.red(` has ended: ${clean(subject.ended)}`)}`];
	return [...columns(rows), ...before];
};

/** One line: which run, whose, since when and until when. */
export const clusterTitle = ({ run, pid, detached, upMs, leaseMs }: SessionStatus, style: Style): string =>
	style.dim(`cluster ${run}, ${detached ? 'supervisor ' : ''}pid ${pid}, up ${age(upMs)}${leaseMs === null ? '' : `, ends in ${age(leaseMs)}`}`);

/** What became of a fault, as one line. */
export const faultLine = (fault: FaultHandle, style: Style): string => {
	const { node, kind, id, state, evidence, healed, detail, forMs } = fault;
	const what = `${style.bold(node)}: ${kind} `;
	const seen = (by: { by: string; detail: string; afterMs: number }): string =>
		style.dim(` (${id}; ${by.by} after ${formatDuration(Math.round(by.afterMs))}: ${clean(by.detail)})`);
	const why = detail === null ? '' : `: ${clean(detail)}`;
	if (state === 'healed') return `${what}${style.green('healed')}${healed ? seen(healed) : style.dim(` (${id})`)}${healed ? '' : why}`;
	if (state === 'effective')
		return `${what}${style.red('effective')}${evidence ? seen(evidence) : ''}${forMs === null ? ', until healed' : `, for ${formatDuration(forMs)}`}`;
	return `${what}${style.yellow(state)}${style.dim(` (${id})`)}${why}`;
};
