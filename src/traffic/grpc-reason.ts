import { constants } from 'node:http2';

/** RFC 9113 7, by number: what a reset stream or a GOAWAY gives as its reason. */
const CODES: Record<number, string> = Object.fromEntries(
	(
		[
			'NO_ERROR',
			'PROTOCOL_ERROR',
			'INTERNAL_ERROR',
			'FLOW_CONTROL_ERROR',
			'SETTINGS_TIMEOUT',
			'STREAM_CLOSED',
			'FRAME_SIZE_ERROR',
			'REFUSED_STREAM',
			'CANCEL',
			'COMPRESSION_ERROR',
			'CONNECT_ERROR',
			'ENHANCE_YOUR_CALM',
			'INADEQUATE_SECURITY',
			'HTTP_1_1_REQUIRED',
		] as const
	).map((name) => [constants[`NGHTTP2_${name}`], name]),
);

export const streamReason = (code: number): string => CODES[code] ?? `http2 code ${code}`;

/** Names for what node:http2 says, as short and stable as errno names are. Anything not listed keeps its own code. */
const NAMES: Record<string, string> = {
	ERR_HTTP2_ERROR: 'protocol',
	ERR_HTTP2_SESSION_ERROR: 'closed',
	ERR_HTTP2_STREAM_ERROR: 'closed',
	ERR_HTTP2_STREAM_CANCEL: 'closed',
	ERR_HTTP2_INVALID_SESSION: 'closed',
	ERR_HTTP2_GOAWAY_SESSION: 'closed',
	ERR_HTTP2_SOCKET_UNBOUND: 'closed',
};

/** Why a gRPC call got no answer: an errno name; 'closed' = the connection ended before it; 'protocol' = what answers there speaks no HTTP/2. */
export const grpcReason = (error: unknown): string => {
	const { code, name, cause } = error as { code?: unknown; name?: string; cause?: unknown };
	// A stream that ends with its connection has the reason as its cause.
	if (code === 'ERR_HTTP2_STREAM_CANCEL' && cause) return grpcReason(cause);
	if (typeof code !== 'string') return name ?? 'error';
	return NAMES[code] ?? (code.startsWith('ERR_HTTP2_') ? 'protocol' : code);
};
