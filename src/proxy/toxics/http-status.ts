import { headerLinesObjection, parseHeaderLines } from '../requests/header-text.js';
import { madeUp } from '../requests/made-up.js';
import { MATCH_ATTRIBUTES, matchObjection } from '../requests/match.js';
import { int, string, type ToxicType } from './toxic.js';

const OWN = ['content-length', 'transfer-encoding', 'connection'];

/** Answers itself; the upstream never sees the request. */
export const httpStatus: ToxicType = {
	type: 'http_status',
	goType: 'HttpStatusToxic',
	summary: 'answers requests with this status (body, headers: lines of `name: value`); the upstream does not see them',
	attributes: {
		status: int('HttpStatusToxic.attributes.status', { default: 503 }),
		body: string('HttpStatusToxic.attributes.body'),
		headers: string('HttpStatusToxic.attributes.headers'),
		...MATCH_ATTRIBUTES('HttpStatusToxic'),
	},
	objection: (attributes) => {
		const { status, headers } = attributes as { status: number; headers?: string };
		if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) return `status must be from 200 to 599, not ${status}`;
		return headerLinesObjection('headers', headers ?? '', OWN) ?? matchObjection(attributes);
	},
	stage: () => null,
	request: {
		answers: true,
		act: (attributes) => {
			const { status, body, headers } = attributes as { status: number; body: string; headers: string };
			return { action: `status ${status}`, answer: madeUp(status, 'http_status', body, parseHeaderLines(headers)) };
		},
	},
};
