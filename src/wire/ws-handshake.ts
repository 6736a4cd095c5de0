import { type Http1Head, parseFields, parseStatusLine } from './http1-head.js';

/** What a server made of the wish to speak WebSocket (RFC 6455, 4.1 and 4.2.2). `status`: a whole answer that is no 101. */
export type Upgraded = { kind: 'yes' } | { kind: 'status'; status: number } | { kind: 'interim' } | { kind: 'broken'; why: string };

const WANTED = ['upgrade', 'connection', 'sec-websocket-accept', 'sec-websocket-extensions', 'sec-websocket-protocol'] as const;

/** `head`: status line and fields with their CRLFs, the empty line included, a character per byte. `accept`: base64 of SHA-1 over our key and {@link WS_GUID}. */
export const readUpgrade = (head: string, accept: string, protocols: readonly string[]): Upgraded => {
	const found: Http1Head = { method: '', path: '', status: 0, minor: 0, keepAlive: false, expectContinue: false, values: [] };
	const broken = (why: string): Upgraded => ({ kind: 'broken', why });
	const end = head.indexOf('\r\n');
	if (!parseStatusLine(head.slice(0, end), found)) return broken('not HTTP/1');
	const framing = parseFields(head.slice(end + 2, -2), found, WANTED, 'GET');
	if (framing.kind === 'lost') return broken(framing.why);
	if (found.status !== 101) return found.status < 200 ? { kind: 'interim' } : { kind: 'status', status: found.status };
	const [upgrade, connection, accepted, extensions, protocol] = found.values;
	const has = (list: string | null | undefined, token: string): boolean => (list ?? '').split(',').some((each) => each.trim().toLowerCase() === token);
	if (found.minor !== 1 || !has(upgrade, 'websocket') || !has(connection, 'upgrade')) return broken('101, and not to WebSocket');
	if (accepted !== accept) return broken(`a wrong Sec-WebSocket-Accept: ${accepted ?? 'none'}`);
	if (extensions) return broken(`an extension that was not offered: ${extensions}`);
	if (protocol && !protocols.includes(protocol)) return broken(`a subprotocol that was not offered: ${protocol}`);
	return { kind: 'yes' };
};
