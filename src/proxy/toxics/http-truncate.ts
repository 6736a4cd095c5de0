import { MATCH_ATTRIBUTES, matchObjection } from '../requests/match.js';
import { int64, type ToxicType } from './toxic.js';

/** A whole head, the beginning of a body, then a reset. */
export const httpTruncate: ToxicType = {
	type: 'http_truncate',
	goType: 'HttpTruncateToxic',
	summary: 'passes so many bytes of the body of a response, then resets; shorter ones are left alone',
	attributes: { bytes: int64('HttpTruncateToxic.attributes.bytes'), ...MATCH_ATTRIBUTES('HttpTruncateToxic') },
	objection: (attributes) => {
		const bytes = (attributes.bytes as number | undefined) ?? 0;
		return bytes >= 0 ? matchObjection(attributes) : `bytes must not be negative, is ${bytes}`;
	},
	stage: () => null,
	request: { act: ({ bytes }) => ({ action: `truncate at ${bytes}`, truncateAt: bytes as number }) },
};
