import { headerLinesObjection, headerNamesObjection, parseHeaderLines, parseHeaderNames } from '../requests/header-text.js';
import { MATCH_ATTRIBUTES, matchObjection } from '../requests/match.js';
import { string, type ToxicType } from './toxic.js';

/** All other lines stay as they are, byte for byte. */
export const httpHeaders: ToxicType = {
	type: 'http_headers',
	goType: 'HttpHeadersToxic',
	summary: 'sets headers (lines of `name: value`) and removes others (names with commas between) on the request or the response',
	attributes: {
		set: string('HttpHeadersToxic.attributes.set'),
		remove: string('HttpHeadersToxic.attributes.remove'),
		on: string('HttpHeadersToxic.attributes.on', { default: 'request' }),
		...MATCH_ATTRIBUTES('HttpHeadersToxic'),
	},
	objection: (attributes) => {
		const { set = '', remove = '', on } = attributes as Record<string, string | undefined>;
		if (on !== undefined && on !== 'request' && on !== 'response') return `on must be request or response, not ${on}`;
		return headerLinesObjection('set', set) ?? headerNamesObjection('remove', remove) ?? matchObjection(attributes);
	},
	stage: () => null,
	request: {
		act: (attributes) => {
			const { set, remove, on } = attributes as { set: string; remove: string; on: string };
			const change = { set: parseHeaderLines(set), remove: parseHeaderNames(remove) };
			if (change.set.length + change.remove.length === 0) return null;
			return { action: `headers of the ${on}`, [on === 'response' ? 'responseHeaders' : 'requestHeaders']: change };
		},
	},
};
