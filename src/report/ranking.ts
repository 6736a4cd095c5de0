import type { Place } from '../policies/ranking.js';
import { type Cell, columns } from './columns.js';
import { clean } from './escape.js';
import type { Style } from './style.js';

/** The endpoints best first, each with the reason for its place. */
export const rankingTable = (places: readonly Place[], style: Style): string => {
	const head = ['', 'endpoint', 'state', 'share', 'weight', 'why'].map((text, i): Cell => ({ text, paint: style.dim, right: i === 0 || i === 3 || i === 4 }));
	const paint = { up: style.green, warning: style.yellow, suspect: style.yellow, unknown: style.dim, down: style.red };
	const rows = places.map(({ rank, endpoint, state, score, weight, why }): Cell[] => [
		{ text: String(rank), right: true },
		{ text: clean(endpoint) },
		{ text: state, paint: paint[state] },
		{ text: `${(score * 100).toFixed(1)} %`, right: true },
		{ text: String(weight), right: true },
		{ text: clean(why), paint: style.dim },
	]);
	return `${columns([head, ...rows]).join('\n')}\n`;
};
