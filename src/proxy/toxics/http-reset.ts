import { MATCH_ATTRIBUTES, matchObjection } from '../requests/match.js';
import { string, type ToxicType } from './toxic.js';

/** Was it executed? With `read` surely not; with `passed` it may well have been. */
export const httpReset: ToxicType = {
	type: 'http_reset',
	goType: 'HttpResetToxic',
	summary: 'resets once a request was read (and not passed on), or once it was passed on (and not answered)',
	attributes: { when: string('HttpResetToxic.attributes.when', { default: 'read' }), ...MATCH_ATTRIBUTES('HttpResetToxic') },
	objection: (attributes) => {
		const { when } = attributes;
		return when === undefined || when === 'read' || when === 'passed' ? matchObjection(attributes) : `when must be read or passed, not ${when}`;
	},
	stage: () => null,
	request: { answers: true, act: ({ when }) => ({ action: `reset when ${when}`, reset: when as 'read' | 'passed' }) },
};
