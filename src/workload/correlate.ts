import { setPointer } from '../model/json-pointer.js';
import type { Correlation } from '../model/plan.js';
import { traceParent } from '../wire/trace-context.js';

/** A request as it is about to be sent. */
interface Stampable {
	path: string;
	headers: Record<string, string>;
	body: string | null;
}

/**
 * Puts the id where it survives, besides `x-daruma-id`. A body that is no JSON object or array stays as it is; the
 * configuration has refused it before.
 */
export const stamp = <R extends Stampable>(request: R, id: string, how: Correlation | undefined, seed: number): R => {
	switch (how?.kind) {
		case undefined:
			return request;
		case 'header':
			return { ...request, headers: { ...request.headers, [how.name]: id } };
		case 'trace':
			return { ...request, headers: { ...request.headers, traceparent: traceParent(id, seed) } };
		case 'query':
			return { ...request, path: withQuery(request.path, how.name, id) };
		case 'body': {
			const body = request.body === null ? undefined : setPointer(request.body, how.pointer, id);
			return body === undefined ? request : { ...request, body };
		}
	}
};

const withQuery = (path: string, name: string, id: string): string => {
	const [bare = '', fragment] = path.split('#', 2);
	return `${bare}${bare.includes('?') ? '&' : '?'}${encodeURIComponent(name)}=${id}${fragment === undefined ? '' : `#${fragment}`}`;
};
