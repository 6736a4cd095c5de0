/** Names for what undici and the kernel say, as short and stable as errno names are. Anything not listed keeps its own code. */
const NAMES: Record<string, string> = {
	UND_ERR_SOCKET: 'closed',
	UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed',
	UND_ERR_HEADERS_OVERFLOW: 'protocol',
	UND_ERR_INVALID_ARG: 'invalid-request',
	UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'invalid-request',
};

/** Why a try got no answer: 'ECONNREFUSED', 'ECONNRESET', 'EPIPE' …; 'closed' = the connection ended before the answer was whole; 'protocol' = the answer was no HTTP/1.1. */
export const reasonOf = (error: unknown): string => {
	const { code, name, message } = error as { code?: unknown; name?: string; message?: string };
	// undici calls unasked-for bytes, 100 and 101 answers a socket error too: the peer spoke, but no HTTP that we asked for.
	if (code === 'UND_ERR_SOCKET' && message?.startsWith('bad ')) return 'protocol';
	// llhttp's errors come without a code in undici 7; the end of the stream inside an answer is one of them.
	if (name === 'HTTPParserError') return message?.includes('EOF') ? 'closed' : 'protocol';
	if (typeof code === 'string') return NAMES[code] ?? code;
	return name ?? 'error';
};

/** Failures that are limits of this process or machine, and say nothing about the cluster: descriptors, local ports, buffers. */
const OWN_LIMITS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

export const isOwnLimit = (reason: string | undefined): boolean => reason !== undefined && OWN_LIMITS.has(reason);
