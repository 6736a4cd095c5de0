import type { MixEntry } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import { quote, type Reader } from '../reader.js';
import type { File } from '../schema/index.js';

type Entry = NonNullable<NonNullable<File['traffic']>['mix']>[number];

/** gRPC says these itself; `connection` and its kin have no place in HTTP/2. */
const RESERVED = /^(?:grpc-.*|te|content-type|user-agent|host|keep-alive|proxy-connection|upgrade)$/;

/** A call is not idempotent unless the user says so: its name promises nothing. */
export const resolveGrpcCall = (entry: Entry, method: string, reader: Reader): MixEntry => {
	const { ok, body, bodyBase64, share, idempotent, headers = {} } = entry;
	for (const key of ['method', 'path'] as const) {
		if (entry[key] !== undefined) throw reader.wrongKey(entry, key, 'grpc: package.Service/Method alone', quote(entry[key]));
	}
	if (ok && !('grpc' in ok)) throw reader.wrongKey(entry, 'ok', "'grpc OK', or a list of codes such as [OK, NOT_FOUND]", 'a condition on the status of HTTP');
	if (body !== undefined && bodyBase64 !== undefined) throw reader.wrongKey(entry, 'bodyBase64', 'body or bodyBase64', 'both');
	for (const [name, value] of Object.entries(headers)) {
		if (RESERVED.test(name.toLowerCase())) throw reader.wrongKey(headers, name, 'metadata that gRPC does not set itself', quote(name));
		if (!/^[a-z0-9_.-]+$/i.test(name)) throw reader.wrongKey(headers, name, 'a name of letters, digits, _, - and .', quote(name));
		if (!/^[\x20-\x7e]+$/.test(value)) throw reader.wrongKey(headers, name, 'ASCII, or base64 under a name that ends in -bin', quote(value));
	}
	const made = defaults.grpcEntry(method);
	return {
		...made,
		share: share ?? made.share,
		idempotent: idempotent ?? false,
		headers,
		body: bodyBase64 ?? body ?? null,
		grpc: { ok: ok ? ok.grpc : [0], encoding: bodyBase64 === undefined ? 'text' : 'base64' },
	};
};
