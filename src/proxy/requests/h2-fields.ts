import type { Field } from '../../wire/hpack/field.js';
import type { Client } from '../toxics/scope.js';
import { grpcMethodOf, type Header, type HeaderChange, type MadeUpAnswer, type RequestFacts } from './plan.js';

/** They are said by frames here, and forbidden (RFC 9113, 8.2.2). */
const CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];

export const fieldOf = (fields: readonly Field[], name: string): string | undefined => fields.find((field) => field.name === name)?.value;

export const factsOf = (fields: readonly Field[], conn: number, client: Client): RequestFacts => {
	const authority = fieldOf(fields, ':authority');
	const headers = fields.filter(({ name }) => !name.startsWith(':')).map(({ name, value }): Header => [name, value]);
	if (authority !== undefined && !headers.some(([name]) => name === 'host')) headers.unshift(['host', authority]);
	const path = fieldOf(fields, ':path') ?? authority ?? '';
	const grpcMethod = grpcMethodOf(path, headers);
	return { protocol: 'h2', method: fieldOf(fields, ':method') ?? '', path, headers, conn, client, ...(grpcMethod !== undefined && { grpcMethod }) };
};

/** What is set stands where the first of its name stood, or at the end; `host` is `:authority`. */
export const changedFields = (fields: readonly Field[], { set, remove }: HeaderChange): Field[] => {
	const inH2 = (name: string): string => (name.toLowerCase() === 'host' && fields.some((f) => f.name === ':authority') ? ':authority' : name.toLowerCase());
	const left = set.map(([name, value]): Field => ({ name: inH2(name), value })).filter(({ name }) => !CONNECTION.includes(name));
	const named = new Set(left.map(({ name }) => name));
	const removed = new Set(remove.map(inH2));
	const kept: Field[] = [];
	for (const field of fields) {
		if (named.has(field.name)) {
			// All of that name at once, and none where a second of it stood.
			for (let i = 0; i < left.length; )
				if (left[i]?.name === field.name) kept.push(...left.splice(i, 1));
				else i++;
		} else if (!removed.has(field.name)) kept.push(field);
	}
	return [...kept, ...left];
};

/** A gRPC answer is trailers-only: its fields are the whole answer, and have no length. */
export const answerFields = (answer: MadeUpAnswer, method: string): { fields: Field[]; body: Uint8Array } => {
	const bodiless = answer.status === 204 || answer.status === 304 || method === 'HEAD';
	const fields: Field[] = [{ name: ':status', value: String(answer.status) }];
	for (const [name, value] of answer.headers) if (!CONNECTION.includes(name.toLowerCase())) fields.push({ name: name.toLowerCase(), value });
	const grpc = answer.body.length === 0 && fields.some(({ name }) => name === 'grpc-status');
	if (!grpc && answer.status !== 204 && answer.status !== 304) fields.push({ name: 'content-length', value: String(answer.body.length) });
	return { fields, body: bodiless ? new Uint8Array(0) : answer.body };
};
