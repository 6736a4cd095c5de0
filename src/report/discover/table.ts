import type { DiscoverEvent, DiscoveredEndpoint, DiscoverResult } from '../../model/discovery.js';
import { formatDuration } from '../../model/duration.js';
import { type Cell, columns } from '../columns.js';
import { clean } from '../escape.js';
import type { Style } from '../style.js';

const paint = (style: Style, status: DiscoveredEndpoint['status']): ((text: string) => string) =>
	status === 'up' ? style.green : status === 'down' ? style.red : style.dim;

const plural = (n: number): string => `${n} ${n === 1 ? 'endpoint' : 'endpoints'}`;
const remark = ({ detail, backup }: DiscoveredEndpoint): string => clean([...(backup ? ['backup'] : []), ...(detail ? [detail] : [])].join(', '));

/** The list, then what is to be known of it. */
export const discoverTable = ({ state, ageMs, reason, note, endpoints }: DiscoverResult, { style }: { style: Style }): string => {
	const head: Cell[] = ['STATUS', 'ENDPOINT', 'WEIGHT', 'DETAIL'].map((text) => ({ text, paint: style.dim, right: text === 'WEIGHT' }));
	const rows = endpoints.map((each): Cell[] => [
		{ text: each.status, paint: paint(style, each.status) },
		{ text: clean(each.endpoint), paint: style.bold },
		{ text: String(each.weight), right: true },
		{ text: remark(each) },
	]);
	const lines = endpoints.length > 0 ? columns([head, ...rows]) : ['no endpoint is listed'];
	if (note) lines.push(style.yellow(clean(note)));
	if (state === 'stale') lines.push(style.yellow(`stale: ${clean(reason ?? '')}; this is the last good list, ${formatDuration(ageMs)} old`));
	return `${lines.join('\n')}\n`;
};

/** One endpoint a line, for other programs. */
export const discoverLines = ({ endpoints }: DiscoverResult): string => endpoints.map(({ endpoint }) => `${clean(endpoint)}\n`).join('');

/** One event of `--follow` as one line; '' for what is no news to a reader of lines. */
export const discoverLine = (event: DiscoverEvent, style: Style): string => {
	const text = tell(event, style);
	return text === '' ? '' : `${style.dim(`${event.time} +${event.atMs.toFixed(0)}ms`)}  ${text}\n`;
};

const tell = (event: DiscoverEvent, style: Style): string => {
	switch (event.kind) {
		case 'endpoint': {
			const said = remark(event);
			return `${style.bold(clean(event.endpoint))}  ${event.change}: ${paint(style, event.status)(event.status)}, weight ${event.weight}${said === '' ? '' : `, ${said}`}`;
		}
		case 'fresh':
			return `${plural(event.endpoints)}${event.note ? `; ${style.yellow(clean(event.note))}` : ''}`;
		case 'stale':
			return style.yellow(`${clean(event.reason)}; ${event.endpoints > 0 ? `the last good list of ${plural(event.endpoints)} stays` : 'there is no list'}`);
		case 'start':
			return `following ${clean(event.source)}`;
		case 'end':
			return '';
	}
};
