import { beginsHttp2 } from '../../wire/http2/preface.js';
import type { Converse } from './conversation.js';
import { http2 } from './h2.js';
import { http1 } from './http1.js';

/** Who reads a connection that begins with these bytes of the client; null: they are too few to tell. */
export const protocolOf = (first: Uint8Array): Converse | null => {
	const begins = beginsHttp2(first);
	return begins === 'maybe' ? null : begins === 'yes' ? http2 : http1;
};
