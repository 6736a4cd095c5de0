import { httpStatusOfGrpc } from '../../wire/grpc-http.js';
import { type Header, headerOf, type MadeUpAnswer, type RequestFacts } from './plan.js';

const utf8 = new TextEncoder();

/** `by` is shown in a header, so that nobody takes it for the upstream's. */
export const madeUp = (status: number, by: string, body = '', headers: readonly Header[] = []): MadeUpAnswer => {
	const named = (name: string): boolean => headers.some(([key]) => key.toLowerCase() === name);
	const bodiless = status === 204 || status === 304;
	return {
		status,
		headers: [...(bodiless || named('content-type') ? [] : [['content-type', 'text/plain'] as const]), ['x-daruma-injected', by], ...headers],
		body: bodiless ? new Uint8Array(0) : utf8.encode(body || `${status} injected by daruma\n`),
	};
};

/** Percent-encoded as grpc-message is (gRPC over HTTP/2, Responses). */
const encoded = (message: string): string =>
	[...utf8.encode(message)].map((b) => (b < 32 || b > 126 || b === 37 ? `%${b.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(b))).join('');

/** A gRPC request gets a trailers-only answer, any other the HTTP status that goes with the code. */
export const madeUpGrpc = (facts: RequestFacts, code: number, by: string, message = ''): MadeUpAnswer => {
	const text = message || 'injected by daruma';
	const fields: Header[] = [
		['grpc-status', String(code)],
		['grpc-message', encoded(text)],
	];
	if (facts.grpcMethod === undefined) return madeUp(httpStatusOfGrpc(code), by, `${text} (gRPC status ${code})\n`, fields);
	const type = headerOf(facts.headers, 'content-type') as string;
	return { status: 200, headers: [['content-type', type], ['x-daruma-injected', by], ...fields], body: new Uint8Array(0) };
};
