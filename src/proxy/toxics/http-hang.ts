import { MATCH_ATTRIBUTES, matchObjection } from '../requests/match.js';
import type { ToxicType } from './toxic.js';

/** The upstream works, and the client hears nothing. */
export const httpHang: ToxicType = {
	type: 'http_hang',
	goType: 'HttpHangToxic',
	summary: 'passes requests on and never answers them',
	attributes: MATCH_ATTRIBUTES('HttpHangToxic'),
	objection: matchObjection,
	stage: () => null,
	request: { act: () => ({ action: 'hang', hang: true }) },
};
