import { isSecure, type Target } from '../model/target.js';
import { jsonRpcText, readJsonRpc } from '../wire/jsonrpc.js';
import { LeanHttp } from './http-lean.js';
import { http1Bytes, httpRequest } from './http-request.js';
import { jsonRpcQuestion, judgeJsonRpc } from './jsonrpc-question.js';
import type { Answer, Probe } from './probe.js';
import { securityOf } from './tcp.js';

const OURS = ['method', 'params', 'idempotent'] as const;
const ID = 1;

/** What the target's query says to us; the rest of it is the server's (keys stand there), byte for byte. */
const split = (target: Target): { path: string; said: Record<string, string> } => {
	const at = target.path.indexOf('?');
	if (at < 0) return { path: target.path, said: {} };
	const parts = target.path.slice(at + 1).split('&');
	const isOurs = (part: string): boolean => OURS.some((name) => part.startsWith(`${name}=`));
	const rest = parts.filter((part) => !isOurs(part)).join('&');
	return {
		path: `${target.path.slice(0, at)}${rest === '' ? '' : `?${rest}`}`,
		said: Object.fromEntries(new URLSearchParams(parts.filter(isOurs).join('&'))),
	};
};

/**
 * JSON-RPC 2.0 by POST over HTTP/1.1: our own reader over a kept connection. `method` and `params` stand in the target's
 * query or in the options; `idempotent=1`: a kept connection that had just ended may be asked again.
 */
export const jsonRpcHttp: Probe = {
	open(target, options, report) {
		const { path, said } = split(target);
		const more = { ...options.more, ...said };
		const body = jsonRpcText(jsonRpcQuestion(more), ID);
		const headers = { 'content-type': 'application/json', accept: 'application/json', ...options.headers };
		const request = { ...httpRequest(target, { method: 'POST', headers, body }), idempotent: more.idempotent === '1' };
		const keep = more.connection !== 'close';
		const security = isSecure(target) ? { ...securityOf(options), alpn: ['http/1.1'] } : null;
		const judged = (answer: Answer): void => report(judge(answer, options.keepBody));
		return new LeanHttp(
			target,
			{ ...options, more, keepBody: true },
			request,
			http1Bytes(request, path, keep ? 'keep-alive' : 'close'),
			security,
			keep,
			judged,
		);
	},
};

/** An error of JSON-RPC may come with an HTTP status of its own: it says more than that. */
const judge = (answer: Answer, keepBody: boolean): Answer => {
	const whole = answer.verdict !== 'failed' || answer.reason === 'status';
	const found = whole ? readJsonRpc(answer.body ?? new Uint8Array(0), ID) : null;
	if (!keepBody) {
		delete answer.body;
		delete answer.headers;
	}
	if (!found) return answer;
	if (answer.verdict === 'failed') return found.kind === 'error' ? judgeJsonRpc(answer, found) : answer;
	return judgeJsonRpc(answer, found.kind === 'other' ? { kind: 'broken', why: 'a request instead of an answer' } : found);
};
