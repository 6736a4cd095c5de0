import type { ProxyOptions, TlsOrigination, TlsTermination } from '../contract.js';
import { checkTermination, isPem, loadOrigination, tlsError } from '../tls-settings.js';
import { goString } from './go-print.js';
import type { Node } from './go-scan.js';

export const TLS_KEYS = ['tls', 'upstream_tls', 'alpn'] as const;

type Kind = 'string' | 'boolean' | 'strings';
/** Of the API → of the contract. */
type Fields<T> = Readonly<Record<string, readonly [field: keyof T & string, kind: Kind]>>;
export const TERMINATION: Fields<TlsTermination> = {
	cert: ['cert', 'string'],
	key: ['key', 'string'],
	client_ca: ['clientCa', 'string'],
	self_signed: ['selfSigned', 'boolean'],
	names: ['names', 'strings'],
};
export const ORIGINATION: Fields<TlsOrigination> = {
	ca: ['ca', 'string'],
	cert: ['cert', 'string'],
	key: ['key', 'string'],
	servername: ['servername', 'string'],
	insecure: ['insecure', 'boolean'],
};

const strings = (node: Node): string[] | null =>
	node.kind === 'array' && node.items.every((item) => item.kind === 'string' && item.value !== '')
		? node.items.map((item) => (item as { value: string }).value)
		: null;

const read = (node: Node, kind: Kind): unknown => {
	if (kind === 'strings') return strings(node);
	if (node.kind === 'string' && kind === 'string') return node.value;
	return node.kind === 'bool' && kind === 'boolean' ? node.value : null;
};
const EXPECTED = { string: 'a text', boolean: 'true or false', strings: 'a list of texts' } as const;

/** Unknown keys are errors here: a `client_ca` that is written wrong would let everybody in. */
const objectOf = <T extends object>(where: string, node: Extract<Node, { kind: 'object' }>, fields: Fields<T>): T => {
	const found: Record<string, unknown> = {};
	for (const [key, of] of node.entries) {
		if (of.kind === 'null') continue;
		const known = Object.hasOwn(fields, key) ? fields[key] : undefined;
		if (!known) throw tlsError(`${where}: there is no ${key}, only ${Object.keys(fields).join(', ')}`);
		const value = read(of, known[1]);
		if (value === null || value === '') throw tlsError(`${where}.${key} must be ${EXPECTED[known[1]]}`);
		found[known[0]] = value;
	}
	return found as T;
};

const isOff = (node: Node): boolean => node.kind === 'bool' && !node.value;

/** The key is not shown, so whoever writes back what was shown means the key that is there. */
const terminationOf = (node: Node, now: TlsTermination | null): TlsTermination | null => {
	if (isOff(node)) return null;
	if (node.kind === 'string' && node.value === 'self-signed') return now?.selfSigned && !now.names && !now.clientCa ? now : { selfSigned: true };
	if (node.kind !== 'object') throw tlsError('tls must be "self-signed", an object with cert and key, or false');
	const { cert, ...found } = objectOf('tls', node, TERMINATION);
	if (found.selfSigned) {
		if (found.key !== undefined) throw tlsError('tls: a self-signed certificate has a key of its own');
		const same = now?.selfSigned && String(now.names ?? '') === String(found.names ?? '') ? now : null;
		return same ? { ...found, ...(same.cert !== undefined && { cert: same.cert }), ...(same.key !== undefined && { key: same.key }) } : found;
	}
	if (found.names) throw tlsError('tls.names are for self_signed');
	const kept = found.key === undefined && now && !now.selfSigned && now.cert === cert ? now.key : found.key;
	return { ...found, ...(cert !== undefined && { cert }), ...(kept !== undefined && { key: kept }) };
};

const originationOf = (node: Node, now: TlsOrigination | null): TlsOrigination | null => {
	if (isOff(node)) return null;
	if (node.kind === 'bool') return {};
	if (node.kind !== 'object') throw tlsError('upstream_tls must be true, an object, or false');
	const found = objectOf('upstream_tls', node, ORIGINATION);
	const kept = found.key === undefined && found.cert !== undefined && now && now.cert === found.cert ? now.key : found.key;
	return { ...found, ...(kept !== undefined && { key: kept }) };
};

/** What of TLS a decoded body names; absent and null name nothing. Throws {@link TlsError}. */
export const readTls = (input: Record<string, unknown>, now?: Readonly<ProxyOptions>): Partial<ProxyOptions> => {
	const node = (key: string): Node | null => {
		const of = (input[key] ?? null) as Node | null;
		return of === null || of.kind === 'null' ? null : of;
	};
	const [tls, upstreamTls, alpn] = TLS_KEYS.map(node) as [Node | null, Node | null, Node | null];
	const protocols = alpn && strings(alpn);
	if (alpn && (!protocols || protocols.some((name) => Buffer.byteLength(name) > 255)))
		throw tlsError('alpn must be a list of protocols, for example ["h2", "http/1.1"]');
	return {
		...(tls && { tls: terminationOf(tls, now?.tls ?? null) }),
		...(upstreamTls && { upstreamTls: originationOf(upstreamTls, now?.upstreamTls ?? null) }),
		...(protocols && { alpn: protocols }),
	};
};

/** A sentence if these certificates and keys cannot be used, else null. */
export const tlsObjection = ({ tls, upstreamTls }: Partial<ProxyOptions>): string | null => {
	try {
		if (tls) checkTermination(tls);
		if (upstreamTls) loadOrigination(upstreamTls);
		return null;
	} catch (error) {
		return (error as Error).message;
	}
};

const printed = <T extends object>(settings: T, fields: Fields<T>): string => {
	const shown = Object.entries(fields).flatMap(([key, [field]]) => {
		const value = settings[field as keyof T] as string | boolean | readonly string[] | undefined;
		if (value === undefined || (field === 'key' && isPem(String(value)))) return [];
		const json = typeof value === 'string' ? goString(value) : typeof value === 'boolean' ? String(value) : `[${value.map(goString).join(',')}]`;
		return [`"${key}":${json}`];
	});
	return `{${shown.join(',')}}`;
};

export const printTls = ({ tls, upstreamTls, alpn }: Readonly<ProxyOptions>): [key: string, json: string][] => [
	...(tls ? [['tls', printed(tls, TERMINATION)] as [string, string]] : []),
	...(upstreamTls ? [['upstream_tls', printed(upstreamTls, ORIGINATION)] as [string, string]] : []),
	...(alpn.length > 0 ? [['alpn', `[${alpn.map(goString).join(',')}]`] as [string, string]] : []),
];
