import { madeUp } from '../requests/made-up.js';
import { MATCH_ATTRIBUTES, matchObjection } from '../requests/match.js';
import { headerOf } from '../requests/plan.js';
import { parseScript, playScript } from '../requests/script.js';
import type { ToxicType } from './toxic.js';

const HEADER = 'x-daruma-behavior';

/** The test says in the request itself what it wants to meet. */
export const httpScript: ToxicType = {
	type: 'http_script',
	goType: 'HttpScriptToxic',
	summary: 'does to requests what their header `x-daruma-behavior` asks for',
	attributes: MATCH_ATTRIBUTES('HttpScriptToxic'),
	objection: matchObjection,
	stage: () => null,
	request: {
		answers: true,
		concerns: ({ headers }) => headerOf(headers, HEADER) !== undefined,
		act: (_, { facts, memory }) => {
			const written = facts.headers.flatMap(([name, value]) => (name === HEADER ? [value] : [])).join(',');
			const script = parseScript(written);
			if (typeof script === 'string') return { action: 'status 400', answer: madeUp(400, 'http_script', `${script}\n`) };
			const key = headerOf(facts.headers, 'x-daruma-key');
			const attempt = script.failures === null ? 1 : memory.seen(key === undefined ? `${facts.method} ${facts.path} ${written}` : `key ${key}`);
			return playScript(script, attempt, facts, 'http_script');
		},
	},
};
