import { readPointer } from '../model/json-pointer.js';
import type { Correlation } from '../model/plan.js';
import { traceIdOf } from './trace-context.js';

/** How taps and replicas find the id of a request. */
export interface Identity {
	/** Lower-case names of the headers whose values `of` wants, in this order. */
	readonly headers: readonly string[];
	/**
	 * The id: from `x-daruma-id`, or from where the plan says that it survives. `body`: the bytes that came together with
	 * the head; ids in bodies are found only there, when the whole body is.
	 */
	of(values: readonly (string | null)[], path: string, body?: Uint8Array): string | null;
}

const HEADER = 'x-daruma-id';
/** Longer bodies are not read for an id. */
const MOST_BYTES = 65_536;
const utf8 = new TextDecoder();

export const identity = (how?: Correlation): Identity => {
	switch (how?.kind) {
		case undefined:
			return { headers: [HEADER], of: (values) => values[0] ?? null };
		case 'header':
			return { headers: [HEADER, how.name], of: ([id, other]) => id ?? other ?? null };
		case 'trace':
			return { headers: [HEADER, 'traceparent'], of: ([id, trace]) => id ?? (trace == null ? null : traceIdOf(trace)) };
		case 'query':
			return { headers: [HEADER], of: ([id], path) => id ?? queryOf(path, how.name) };
		case 'body':
			return { headers: [HEADER, 'content-length'], of: ([id, length], _path, body) => id ?? bodyOf(body, length ?? null, how.pointer) };
	}
};

const queryOf = (path: string, name: string): string | null => {
	const at = path.indexOf('?');
	return at < 0 ? null : new URLSearchParams(path.slice(at + 1).split('#')[0]).get(name);
};

const bodyOf = (body: Uint8Array | undefined, length: string | null, pointer: string): string | null => {
	const bytes = Number(length ?? Number.NaN);
	if (body === undefined || !(bytes > 0 && bytes <= MOST_BYTES && bytes <= body.length)) return null;
	return readPointer(utf8.decode(body.subarray(0, bytes)), pointer);
};
