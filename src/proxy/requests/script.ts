import { GRPC_CODES } from '../../wire/grpc.js';
import type { RequestPart } from '../toxics/toxic.js';
import { madeUp, madeUpGrpc } from './made-up.js';
import type { RequestFacts } from './plan.js';

/** What a request asks to be done to itself. */
export interface Script {
	/** The others hold for the first so many requests of the same key, then nothing does; null: for all. */
	failures: number | null;
	delayMs: number;
	truncateAt: number | null;
	end: { kind: 'status'; status: number } | { kind: 'grpc'; code: number } | { kind: 'reset'; when: 'read' | 'passed' } | { kind: 'hang' } | null;
}

export const MAX_DELAY_MS = 86_400_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** `fail-first-2,delay=800ms`: the script, or a sentence that names the token that is none. */
export const parseScript = (written: string): Script | string => {
	const script: Script = { failures: null, delayMs: 0, truncateAt: null, end: null };
	let ended = '';
	for (const token of written.split(',').map((part) => part.trim())) {
		if (token === '') continue;
		const [, name, number, unit] = /^([a-z-]+?)[-=]?(\d{1,9})?(ms|s|m)?$/.exec(token) ?? [];
		const n = Number(number);
		const plain = unit === undefined && number !== undefined;
		const end = (kind: Script['end']): void => {
			script.end = kind;
			ended = ended === '' ? token : ended;
		};
		if (name === 'fail-first' && token === `fail-first-${number}` && plain) script.failures = Math.max(script.failures ?? 0, n);
		else if (name === 'succeed-on-attempt' && token === `succeed-on-attempt-${number}` && plain && n >= 1)
			script.failures = Math.max(script.failures ?? 0, n - 1);
		else if (name === 'delay' && token.startsWith('delay=') && number !== undefined && n * (UNITS[unit ?? 'ms'] as number) <= MAX_DELAY_MS)
			script.delayMs = n * (UNITS[unit ?? 'ms'] as number);
		else if (name === 'truncate' && token === `truncate=${number}` && plain) script.truncateAt = n;
		else if (name === 'status' && token === `status=${number}` && plain && n >= 200 && n <= 599) end({ kind: 'status', status: n });
		else if (name === 'grpc-status' && token === `grpc-status=${number}` && plain && n >= 1 && n < GRPC_CODES.length) end({ kind: 'grpc', code: n });
		else if (token === 'rst-after-read') end({ kind: 'reset', when: 'read' });
		else if (token === 'rst-after-pass') end({ kind: 'reset', when: 'passed' });
		else if (token === 'hang') end({ kind: 'hang' });
		else return `x-daruma-behavior: ${JSON.stringify(token.slice(0, 100))} is not known; known are ${KNOWN}`;
		if (ended !== '' && ended !== token && script.end !== null && isEnd(token)) return `x-daruma-behavior: ${ended} and ${token} exclude each other`;
	}
	if (script.failures !== null && script.end === null && script.truncateAt === null) script.end = { kind: 'status', status: 503 };
	return script;
};

const isEnd = (token: string): boolean => /^(status=|grpc-status=|rst-after-|hang)/.test(token);
const KNOWN = 'fail-first-N, succeed-on-attempt-N, status=200..599, grpc-status=1..16, delay=800ms, truncate=BYTES, rst-after-read, rst-after-pass, hang';

/** What the script does to the request that carries it; `attempt` counts those of its key from 1. Null: nothing (more). */
export const playScript = (script: Script, attempt: number, facts: RequestFacts, by: string): RequestPart | null => {
	if (script.failures !== null && attempt > script.failures) return null;
	const part: RequestPart = { action: '' };
	const said: string[] = [];
	if (script.delayMs > 0) {
		part.delayMs = script.delayMs;
		said.push(`delay ${script.delayMs} ms`);
	}
	const { end } = script;
	if (end?.kind === 'status') {
		part.answer = madeUp(end.status, by);
		said.push(`status ${end.status}`);
	} else if (end?.kind === 'grpc') {
		part.answer = madeUpGrpc(facts, end.code, by);
		said.push(`grpc status ${end.code}`);
	} else if (end?.kind === 'reset') {
		part.reset = end.when;
		said.push(`reset when ${end.when}`);
	} else if (end?.kind === 'hang') {
		part.hang = true;
		said.push('hang');
	}
	if (script.truncateAt !== null) {
		part.truncateAt = script.truncateAt;
		said.push(`truncate at ${script.truncateAt}`);
	}
	part.action = said.join(', ');
	return said.length > 0 ? part : null;
};
