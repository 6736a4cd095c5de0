import { HpackEncoder } from '../../wire/hpack/encoder.js';
import type { Field } from '../../wire/hpack/field.js';
import { ERROR } from '../../wire/http2/frame.js';
import { headersFrame, rstStreamFrame } from '../../wire/http2/writer.js';
import type { Exchange } from './exchange.js';

const field = (name: string, value: string | number): Field => ({ name, value: String(value) });
const INJECTED = field('x-daruma-injected', 'error');

/** gRPC's is trailers-only. No answer has a body: DATA would take of windows that the replica believes to be its own. */
const answerFields = ({ method, status, grpcStatus }: Exchange): Field[] => {
	if (grpcStatus !== null)
		return [
			field(':status', status),
			field('content-type', 'application/grpc'),
			field('grpc-status', grpcStatus),
			field('grpc-message', 'injected by daruma'),
			INJECTED,
		];
	const bodiless = status === 204 || status === 304 || method === 'HEAD';
	return [field(':status', status), ...(bodiless ? [] : [field('content-length', 0)]), INJECTED];
};

/**
 * The frames that end a consumed request's stream. `owed`: what the replica's next header block must begin with, which
 * this one comes before. A client that has not ended its request is told that nobody wants the rest (RFC 9113, 8.1).
 */
export const endOf = (exchange: Exchange & { stream: number }, owed: number | null): Uint8Array[] => {
	const { stream } = exchange;
	if (exchange.decision !== 'error') return [rstStreamFrame(stream, ERROR.internal)];
	const answer = headersFrame(stream, HpackEncoder.between(answerFields(exchange), owed), { endStream: true });
	return exchange.complete ? [answer] : [answer, rstStreamFrame(stream, ERROR.none)];
};

/** `100 Continue`. */
export const interimOf = (stream: number, owed: number | null): Uint8Array => headersFrame(stream, HpackEncoder.between([field(':status', 100)], owed));
