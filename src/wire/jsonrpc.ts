/** JSON-RPC 2.0 (jsonrpc.org/specification), without batches. */
export interface JsonRpcRequest {
	method: string;
	/** An array or an object; undefined: left out. */
	params?: unknown;
}

export const jsonRpcText = ({ method, params }: JsonRpcRequest, id: number): string =>
	JSON.stringify({ jsonrpc: '2.0', method, ...(params !== undefined && { params }), id });

export type JsonRpcAnswer =
	| { kind: 'result'; result: unknown }
	| { kind: 'error'; code: number; message: string }
	/** Not about our question: the server's own notification or request. */
	| { kind: 'other' }
	| { kind: 'broken'; why: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const broken = (why: string): JsonRpcAnswer => ({ kind: 'broken', why });
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One whole message that came after request `id`. It never throws. */
export const readJsonRpc = (bytes: Uint8Array, id: number): JsonRpcAnswer => {
	let message: unknown;
	try {
		message = JSON.parse(utf8.decode(bytes));
	} catch {
		return broken('not JSON');
	}
	if (!isObject(message)) return broken(Array.isArray(message) ? 'a batch, though none was asked' : 'JSON, but no object');
	if (message.jsonrpc !== '2.0') return broken(`not JSON-RPC 2.0: its version is ${JSON.stringify(message.jsonrpc) ?? 'missing'}`);
	if (Object.hasOwn(message, 'method')) return { kind: 'other' };
	const hasError = Object.hasOwn(message, 'error');
	if (hasError === Object.hasOwn(message, 'result')) return broken(hasError ? 'both a result and an error' : 'neither a result nor an error');
	const { error } = message;
	// Who could not read the request cannot know its id.
	if (message.id !== id && !(hasError && message.id === null))
		return broken(`an answer to id ${JSON.stringify(message.id)?.slice(0, 40) ?? 'missing'}, not ${id}`);
	if (!hasError) return { kind: 'result', result: message.result };
	if (!isObject(error) || typeof error.code !== 'number' || !Number.isInteger(error.code) || typeof error.message !== 'string')
		return broken('an error without a code and a message');
	return { kind: 'error', code: error.code, message: error.message };
};
