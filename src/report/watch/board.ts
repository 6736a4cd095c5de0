import type { WatchEvent } from '../../checks/watch/events.js';
import { census, type WatchRow, type WatchView } from '../../checks/watch/view.js';
import { gravity } from '../../checks/watch/worst.js';
import type { State } from '../../detectors/detector.js';
import { formatDuration } from '../../model/duration.js';
import { cellWidth, clip, clipMiddle } from '../cells.js';
import { clean } from '../escape.js';
import type { Style } from '../style.js';
import { tell } from './line.js';
import { sparkline } from './sparkline.js';
import { agoText, bytesText, paintState, percentileText, rateText, shareText } from './words.js';

export interface BoardOptions {
	/** Of the terminal. */
	columns: number;
	rows: number;
	style: Style;
	/** What happened lately, oldest first. */
	events: readonly WatchEvent[];
	/** Rows that were scrolled away. */
	from?: number;
}

interface Column {
	head: string;
	/** Dropped first: the highest number. */
	rank: number;
	right?: true;
	text(row: WatchRow, view: WatchView): string;
	paint?(row: WatchRow, style: Style): (text: string) => string;
}

const SPARK = 20;
/** A column that explains, or names, is worth having only if it has so much room. */
const LEAST_NAME = 16;
const LEAST_WHY = 10;
const FAIR_WHY = 26;

const NAME: Column = { head: 'ENDPOINT', rank: 0, text: ({ endpoint }) => clean(endpoint), paint: (_, style) => style.bold };
const WHY: Column = { head: 'WHY', rank: 3, text: ({ state, why, by }) => (state === 'up' && by === 'probe' ? '' : clean(why)) };
const COLUMNS: readonly Column[] = [
	{ head: 'STATE', rank: 0, text: ({ state }) => state, paint: ({ state }, style) => paintState(style, state) },
	NAME,
	{ head: 'RECENT', rank: 4, text: ({ vitals }) => sparkline(vitals.recent.latest(SPARK)), paint: (_, style) => style.cyan },
	{ head: 'LAST', rank: 2, right: true, text: ({ vitals }) => (vitals.lastMs === null ? '–' : formatDuration(vitals.lastMs)) },
	{ head: 'P50', rank: 6, right: true, text: ({ vitals }) => (vitals.sent === 0 ? '–' : percentileText(vitals.percentile(0.5))) },
	{ head: 'P99', rank: 5, right: true, text: ({ vitals }) => (vitals.sent === 0 ? '–' : percentileText(vitals.percentile(0.99))) },
	{ head: 'UPTIME', rank: 7, right: true, text: ({ uptime }) => shareText(uptime) },
	{ head: 'SINCE', rank: 1, right: true, text: ({ vitals }, { nowMs }) => (vitals.changedMs === null ? '–' : agoText(nowMs - vitals.changedMs)) },
	{ head: 'LOAD', rank: 8, right: true, text: ({ load, weight }) => loadText(load, weight) },
	WHY,
];

const loadText = (load: number | null, weight: number | null): string =>
	[...(load === null ? [] : [load.toFixed(load < 10 ? 1 : 0)]), ...(weight === null ? [] : [`w${weight}%`])].join(' ');

/** The worst first; among equals, whoever changed last, then by name. */
export const byGravity = (a: WatchRow, b: WatchRow): number =>
	gravity(b.state) - gravity(a.state) ||
	(b.vitals.changedMs ?? -1) - (a.vitals.changedMs ?? -1) ||
	a.endpoint.localeCompare(b.endpoint, 'en', { numeric: true });

/**
 * A live table as lines, never more nor wider than the terminal. Pure. What does not fit is left out by rank: columns
 * from the least telling on, rows from the best on, and it says how many.
 */
export const board = (view: WatchView, options: BoardOptions): string[] => {
	const { style, columns, rows, events } = options;
	const ordered = [...view.rows].sort(byGravity);
	const most = Math.max(0, rows - 2);
	// News get what is left over, and up to four lines where rows contend for them.
	const news = Math.min(events.length, Math.max(Math.min(4, Math.floor(most / 4)), most - ordered.length - 1));
	const space = most - (news > 0 ? news + 1 : 0);
	const fits = ordered.length <= space;
	const from = fits ? 0 : Math.min(options.from ?? 0, Math.max(0, ordered.length - space + 1));
	const shown = ordered.slice(from, from + (fits ? space : Math.max(0, space - 1)));
	const left = ordered.filter((row) => !shown.includes(row));
	const lines = [
		...heading(view, style, columns),
		...table(shown, view, style, columns),
		...(left.length > 0 ? [style.dim(clip(more(left, shown.length > 0), columns))] : []),
		...(news > 0 ? ['', ...events.slice(-news).map((event) => headline(event, style, columns))] : []),
	];
	return lines.slice(0, rows);
};

const heading = (view: WatchView, style: Style, width: number): string[] => {
	const counts = census(view.rows);
	const parts: [text: string, paint: (text: string) => string][] = [['daruma watch', style.bold]];
	for (const state of ['down', 'suspect', 'warning', 'up', 'unknown'] as const)
		if (counts[state] > 0) parts.push([`${counts[state]} ${state}`, paintState(style, state)]);
	if (view.rows.length === 0) parts.push(['nothing to watch', style.yellow]);
	parts.push([agoText(view.elapsedMs), style.dim]);
	parts.push([`${rateText(view.cost.requestsPerSecond)} questions/s, ${bytesText(view.cost.bytesPerSecond)}/s`, style.dim]);
	if (view.skipped > 0) parts.push([`${view.skipped} beats skipped`, style.yellow]);
	if (view.pauses.count > 0) parts.push([`stood still ${view.pauses.count}×, ${formatDuration(Math.round(view.pauses.totalMs))}`, style.yellow]);
	parts.push(['q quits', style.dim]);
	let used = 0;
	let line = '';
	for (const [text, paint] of parts) {
		const room = width - used - (used > 0 ? 2 : 0);
		if (cellWidth(text) > room) break;
		line += `${used > 0 ? '  ' : ''}${paint(text)}`;
		used += cellWidth(text) + (used > 0 ? 2 : 0);
	}
	return [line];
};

const more = (left: readonly WatchRow[], any: boolean): string => {
	const counts = census(left);
	const states = (Object.keys(counts) as State[]).filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
	return `${any ? 'and ' : ''}${left.length}${any ? ' more' : ''}: ${states.join(', ')}`;
};

/** Its time of day is enough, on a screen. */
const headline = (event: WatchEvent, style: Style, width: number): string => {
	const plain = tell(event, { ...style, bold: same, dim: same, red: same, green: same, yellow: same, cyan: same });
	const text = clip(`${event.time.slice(11, 19)}  ${plain}`, width);
	if (event.kind === 'state') return paintState(style, event.to)(text);
	return event.kind === 'pause' || event.kind === 'notice' || event.kind === 'dropped' ? style.yellow(text) : style.dim(text);
};

const same = (text: string): string => text;

const table = (rows: readonly WatchRow[], view: WatchView, style: Style, width: number): string[] => {
	const cells = new Map(COLUMNS.map((column) => [column, rows.map((row) => column.text(row, view))]));
	const natural = (column: Column): number => Math.max(cellWidth(column.head), ...(cells.get(column) as string[]).map(cellWidth));
	// Columns in which nobody has anything to say are not there.
	let kept = COLUMNS.filter((column) => column.rank === 0 || (cells.get(column) as string[]).some((text) => text !== ''));
	const least = (column: Column): number =>
		column === NAME ? Math.min(natural(column), LEAST_NAME) : column === WHY ? Math.min(natural(column), LEAST_WHY) : natural(column);
	const total = (): number => kept.reduce((sum, column) => sum + least(column) + 2, -2);
	while (total() > width && kept.some(({ rank }) => rank > 0)) {
		const worst = Math.max(...kept.map(({ rank }) => rank));
		kept = kept.filter(({ rank }) => rank !== worst);
	}
	// A terminal of a few columns: as much of the name as there is room for.
	const short = total() - width;
	// What is left over goes to an explanation of a few words, then to the names, then to longer explanations.
	let spare = Math.max(0, width - total());
	const widths = new Map(kept.map((column) => [column, column === NAME && short > 0 ? Math.max(1, least(column) - short) : least(column)]));
	for (const [column, most] of [
		[WHY, FAIR_WHY],
		[NAME, width],
		[WHY, width],
	] as const) {
		const now = widths.get(column);
		if (now === undefined) continue;
		const extra = Math.max(0, Math.min(spare, Math.min(natural(column), most) - now));
		widths.set(column, now + extra);
		spare -= extra;
	}
	const line = (texts: readonly string[], paints: readonly ((text: string) => string)[]): string =>
		kept
			.map((column, i) => {
				const room = Math.min(widths.get(column) as number, width);
				const text = column === NAME ? clipMiddle(texts[i] as string, room) : clip(texts[i] as string, room);
				const blanks = ' '.repeat(Math.max(0, room - cellWidth(text)));
				const painted = text === '' ? '' : (paints[i] as (text: string) => string)(text);
				return column.right ? blanks + painted : i === kept.length - 1 ? painted : painted + blanks;
			})
			.join('  ')
			.trimEnd();
	const heads = line(
		kept.map(({ head }) => head),
		kept.map(() => style.dim),
	);
	return [
		heads,
		...rows.map((row, at) =>
			line(
				kept.map((column) => (cells.get(column) as string[])[at] as string),
				kept.map((column) => column.paint?.(row, style) ?? same),
			),
		),
	];
};
