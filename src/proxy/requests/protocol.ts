import type { Converse } from './conversation.js';
import { http1 } from './http1.js';

/** RFC 9113, 3.4. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** Read by nobody yet: HTTP/1.1 finds that it is none, and passes it on. */
const http2: Converse = http1;

/** Who reads a connection that begins with these bytes of the client; null: they are too few to tell. */
export const protocolOf = (first: Uint8Array): Converse | null => {
	const seen = Math.min(first.length, PREFACE.length);
	if (PREFACE.compare(first, 0, seen, 0, seen) !== 0) return http1;
	return seen === PREFACE.length ? http2 : null;
};
