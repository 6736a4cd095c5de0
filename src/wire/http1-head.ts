/** What a head says: of a request (`status` 0) or of a response (`method` and `path` empty). */
export interface Http1Head {
	method: string;
	/** The request target as sent, query included. */
	path: string;
	status: number;
	/** HTTP/1.`minor`: 0 or 1. */
	minor: number;
	/** Whether the connection is meant to stay open after this message (RFC 9112, 9.3). */
	keepAlive: boolean;
	expectContinue: boolean;
	/** Values of the headers that were asked for, in the order of asking; null where absent, the first where repeated. */
	values: (string | null)[];
}

/** How the end of a message is found (RFC 9112, 6.3); `lost`: two readers could disagree, so nobody should guess. */
export type Framing = { kind: 'none' } | { kind: 'chunked' } | { kind: 'close' } | { kind: 'length'; length: number } | { kind: 'lost'; why: string };

/** tchar of RFC 9110, 5.6.2. */
export const TOKEN: Uint8Array = (() => {
	const table = new Uint8Array(256);
	for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") table[c.charCodeAt(0)] = 1;
	return table;
})();

/** Fills method, path and minor from a request line without its CRLF; false: not a request line of HTTP/1.0 or 1.1. */
export const parseRequestLine = (line: string, head: Http1Head): boolean => {
	const first = line.indexOf(' ');
	const last = line.lastIndexOf(' ');
	if (first <= 0 || last === first || line.indexOf(' ', first + 1) !== last) return false;
	const version = line.slice(last + 1);
	if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') return false;
	if (last - first < 2) return false;
	head.method = line.slice(0, first);
	head.path = line.slice(first + 1, last);
	head.minor = version === 'HTTP/1.1' ? 1 : 0;
	return true;
};

/** Fills status and minor from a status line without its CRLF. */
export const parseStatusLine = (line: string, head: Http1Head): boolean => {
	const found = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(line);
	if (!found) return false;
	head.minor = Number(found[1]);
	head.status = Number(found[2]);
	return true;
};

/**
 * Reads a header block (all field lines with their CRLFs, without the empty line) into `head`, and says how the body
 * is framed. `requestMethod` is the method that a response answers; null for requests.
 */
export const parseFields = (block: string, head: Http1Head, wanted: readonly string[], requestMethod: string | null): Framing => {
	let length: string | null = null;
	let coding: string | null = null;
	let connection = '';
	head.expectContinue = false;
	head.values = wanted.map(() => null);
	for (let at = 0; at < block.length; ) {
		const eol = block.indexOf('\r\n', at);
		const colon = block.indexOf(':', at);
		if (colon <= at || colon > eol) return { kind: 'lost', why: 'a header line without a name' };
		for (let i = at; i < colon; i++) if (TOKEN[block.charCodeAt(i)] !== 1) return { kind: 'lost', why: 'an invalid header name' };
		const name = block.slice(at, colon).toLowerCase();
		const value = (): string => block.slice(colon + 1, eol).trim();
		if (name === 'content-length') {
			if (length !== null && length !== value()) return { kind: 'lost', why: 'two different content lengths' };
			length = value();
		} else if (name === 'transfer-encoding') coding = coding === null ? value() : `${coding}, ${value()}`;
		else if (name === 'connection') connection += `,${value().toLowerCase()}`;
		else if (name === 'expect') head.expectContinue = value().toLowerCase() === '100-continue';
		const asked = wanted.indexOf(name);
		if (asked >= 0 && head.values[asked] === null) head.values[asked] = value();
		at = eol + 2;
	}
	const options = connection === '' ? [] : connection.split(',').map((o) => o.trim());
	head.keepAlive = head.minor === 1 ? !options.includes('close') : options.includes('keep-alive');
	return frame(length, coding, head, requestMethod);
};

const frame = (length: string | null, coding: string | null, head: Http1Head, requestMethod: string | null): Framing => {
	if (length !== null && coding !== null) return { kind: 'lost', why: 'both a content length and a transfer coding' };
	if (length !== null && !/^\d{1,15}$/.test(length)) return { kind: 'lost', why: 'a content length that is no number' };
	const response = requestMethod !== null;
	const empty = response && (head.status < 200 || head.status === 204 || head.status === 304 || requestMethod === 'HEAD');
	if (empty) return { kind: 'none' };
	if (coding !== null) {
		if (head.minor === 0) return { kind: 'lost', why: 'a transfer coding in HTTP/1.0' };
		const codings = coding.toLowerCase().split(',');
		const chunked = codings.filter((c) => c.trim() === 'chunked').length;
		if (chunked === 1 && codings.at(-1)?.trim() === 'chunked') return { kind: 'chunked' };
		if (chunked > 0 || !response) return { kind: 'lost', why: 'a transfer coding whose end cannot be found' };
		return { kind: 'close' };
	}
	if (length !== null) return Number(length) === 0 ? { kind: 'none' } : { kind: 'length', length: Number(length) };
	return { kind: response ? 'close' : 'none' };
};
