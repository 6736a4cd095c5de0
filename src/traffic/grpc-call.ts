import type { MixEntry } from '../model/plan.js';
import { grpcMessage } from '../wire/grpc.js';
import type { GrpcCall } from './send.js';

const messages = new WeakMap<MixEntry, Uint8Array>();

/** Each entry's message is made once. */
const messageOf = (entry: MixEntry, encoding: BufferEncoding): Uint8Array => {
	const made = messages.get(entry) ?? grpcMessage(Buffer.from(entry.body ?? '', encoding));
	messages.set(entry, made);
	return made;
};

/** What a request of this entry is on gRPC; nothing on plain HTTP. */
export const grpcCallOf = (entry: MixEntry, timeoutMs: number): { grpc: GrpcCall } | undefined =>
	entry.grpc && { grpc: { message: messageOf(entry, entry.grpc.encoding === 'text' ? 'utf8' : 'base64'), timeoutMs, previousAttempts: 0 } };
