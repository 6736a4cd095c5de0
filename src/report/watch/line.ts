import type { WatchEvent } from '../../checks/watch/events.js';
import { formatDuration } from '../../model/duration.js';
import { clean } from '../escape.js';
import type { Style } from '../style.js';
import { paintState } from './words.js';

/** One event as one line: when (RFC 3339, and ms since the watch began), who, what, why. '' for what is no news to a reader of lines. */
export const eventLine = (event: WatchEvent, style: Style): string => {
	const text = tell(event, style);
	return text === '' ? '' : `${style.dim(`${event.time} +${event.atMs.toFixed(0)}ms`)}  ${text}\n`;
};

/** The same without its times: for the foot of a live table. */
export const tell = (event: WatchEvent, style: Style): string => {
	switch (event.kind) {
		case 'state':
			return `${style.bold(clean(event.endpoint))}  ${event.from} → ${paintState(style, event.to)(event.to)}: ${clean(event.why)}`;
		case 'endpoint':
			return `${style.bold(clean(event.endpoint))}  ${event.change} (${event.source})`;
		case 'sample':
			return `${clean(event.endpoint)}  ${event.verdict} in ${formatDuration(event.endMs - event.sentMs)}${event.reason === undefined ? '' : `: ${event.reason}${event.detail === undefined ? '' : ` (${clean(event.detail)})`}`}`;
		case 'pause':
			return style.yellow(`daruma itself stood still for ${formatDuration(event.forMs)}: silence meanwhile counts for nothing`);
		case 'notice':
			return style.yellow(`${event.about}: ${clean(event.text)}`);
		case 'dropped':
			return style.yellow(`${event.events} events were not told: nobody read them in time`);
		case 'start':
			return [
				`watching ${event.endpoints} ${event.endpoints === 1 ? 'endpoint' : 'endpoints'}`,
				...(event.listen === undefined ? [] : [`status and reports on ${event.listen}`]),
				...(event.agentListen === undefined ? [] : [`agents on ${event.agentListen}`]),
			].join(', ');
		case 'end':
			return '';
	}
};
