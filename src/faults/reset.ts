import { atTap } from './at-tap.js';

/** Reads the request, answers with RST (on HTTP/2: of its stream), lives on. */
export const reset = atTap(
	'reset',
	({ reason }) => (reason === 'ECONNRESET' ? 'asked, got RST' : reason === 'ERR_HTTP2_STREAM_ERROR' ? 'asked, got RST_STREAM' : null),
	() => 1000,
);
