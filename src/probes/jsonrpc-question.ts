import { usageError } from '../model/errors.js';
import type { JsonRpcAnswer, JsonRpcRequest } from '../wire/jsonrpc.js';
import type { Answer, ProbeOptions } from './probe.js';
import { oneLine } from './reason.js';

/** Method and params from options or the target's query. Throws E_FLAG (exit 2). */
export const jsonRpcQuestion = (more: ProbeOptions['more'] = {}): JsonRpcRequest => {
	const { method, params } = more;
	if (method === undefined || method === '')
		throw usageError('E_FLAG', 'JSON-RPC: expected a method', 'write ?method=NAME behind the target, or --option method=NAME');
	if (params === undefined) return { method };
	let value: unknown;
	try {
		value = JSON.parse(params);
	} catch {
		value = null;
	}
	if (typeof value !== 'object' || value === null)
		throw usageError('E_FLAG', `params: expected a JSON array or object, found ${JSON.stringify(params.slice(0, 60))}`);
	return { method, params: value };
};

/** What an answer of JSON-RPC makes of the sample that carried it. */
export const judgeJsonRpc = (answer: Answer, found: Exclude<JsonRpcAnswer, { kind: 'other' }>): Answer => {
	if (found.kind === 'result') return answer;
	answer.verdict = 'failed';
	answer.reason = found.kind === 'error' ? 'status' : 'protocol';
	answer.detail = oneLine(found.kind === 'error' ? `error ${found.code}: ${found.message}` : found.why);
	if (found.kind === 'error') answer.status = found.code;
	return answer;
};
