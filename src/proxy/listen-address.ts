import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ListenError } from './contract.js';

/** What Go's net package would say of an address; these texts reach API clients unchanged. */
export const listenError = (message: string): ListenError => Object.assign(new Error(message), { code: 'E_LISTEN' as const });

export interface Address {
	host: string;
	port: number;
	/** A unix socket; host and port are then empty. */
	path?: string;
}

const UNIX = 'unix:';
/** sun_path of Linux, without its final zero. */
const LONGEST_PATH = 107;

/** `unix:/path.sock`, or null if it is no such address. Throws {@link ListenError}. */
const unixAddress = (text: string): Address | null => {
	if (!text.startsWith(UNIX)) return null;
	const path = text.slice(UNIX.length);
	if (!path.startsWith('/') || path.endsWith('/') || path.includes('\0')) throw listenError(`address ${text}: a unix socket is written unix:/path/to.sock`);
	if (Buffer.byteLength(path) > LONGEST_PATH) throw listenError(`address ${text}: a unix socket's path has at most ${LONGEST_PATH} bytes`);
	return { host: '', port: 0, path };
};

/** Go's net.SplitHostPort, with its errors. Throws {@link ListenError}. */
export const splitHostPort = (text: string): { host: string; port: string } => {
	const wrong = (why: string): ListenError => listenError(`address ${text}: ${why}`);
	const colon = text.lastIndexOf(':');
	if (colon < 0) throw wrong('missing port in address');
	let host: string;
	let from = 0;
	let to = 0;
	if (text[0] === '[') {
		const end = text.indexOf(']');
		if (end < 0) throw wrong("missing ']' in address");
		if (end + 1 === text.length) throw wrong('missing port in address');
		if (end + 1 !== colon) throw wrong(text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address');
		host = text.slice(1, end);
		from = 1;
		to = end + 1;
	} else {
		host = text.slice(0, colon);
		if (host.includes(':')) throw wrong('too many colons in address');
	}
	if (text.includes('[', from)) throw wrong("unexpected '[' in address");
	if (text.includes(']', to)) throw wrong("unexpected ']' in address");
	return { host, port: text.slice(colon + 1) };
};

/** Numbers as Go reads them, or a service's name. */
const portOf = (text: string): number => {
	if (text === '') return 0;
	if (/^[+-]?\d+$/.test(text)) {
		const port = Number(text);
		if (port < 0 || port > 65_535) throw listenError(`address ${text}: invalid port`);
		return port;
	}
	const found = services().get(text.toLowerCase());
	if (found === undefined) throw listenError(`lookup tcp/${text}: unknown port`);
	return found;
};

let known: Map<string, number> | null = null;
const services = (): Map<string, number> => {
	if (known) return known;
	known = new Map([
		['http', 80],
		['https', 443],
		['domain', 53],
		['ftp', 21],
		['ssh', 22],
		['smtp', 25],
		['telnet', 23],
	]);
	try {
		for (const [, name, port] of readFileSync('/etc/services', 'latin1').matchAll(/^([\w-]+)\s+(\d+)\/tcp/gm)) known.set(name as string, Number(port));
	} catch {}
	return known;
};

/** A name that no resolver knows must not hold the API up for long. */
const LOOKUP_MS = 80;

const addressOf = async (host: string): Promise<string> => {
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
	if (mapped && isIP(mapped) === 4) return mapped;
	if (isIP(host)) return host;
	if (host === 'localhost') return '127.0.0.1';
	// What getaddrinfo would take for an old way to write an IPv4 address, and Go does not.
	const impossible = !/^[\w.-]+$/.test(host) || /^[\d.]+$/.test(host);
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(listenError(`lookup ${host}: i/o timeout`)), LOOKUP_MS);
	});
	try {
		if (impossible) throw listenError(`lookup ${host}: no such host`);
		// Go prefers IPv4 for a listener.
		return (await Promise.race([lookup(host, { verbatim: true, all: true }), late])).sort((a, b) => a.family - b.family)[0]?.address as string;
	} catch (error) {
		if ((error as ListenError).code === 'E_LISTEN') throw error;
		throw listenError(`lookup ${host}: no such host`);
	} finally {
		clearTimeout(timer);
	}
};

/**
 * Where a `listen` of the API points: Go's net.ResolveTCPAddr, with two differences in safety. Nothing at all is a random
 * port on loopback, where Toxiproxy takes all interfaces; and `:port` and 0.0.0.0 are the wildcard `::`, as Go has it.
 * Rejects with {@link ListenError}, in the words of an update; a start puts `listen tcp: ` before them.
 */
export const resolveListen = async (listen: string): Promise<Address> => {
	if (listen === '') return { host: '127.0.0.1', port: 0 };
	const unix = unixAddress(listen);
	if (unix) return unix;
	const { host, port } = splitHostPort(listen);
	const number = portOf(port);
	if (host === '' || host === '0.0.0.0') return { host: '::', port: number };
	return { host: await addressOf(host), port: number };
};

/** Where an `upstream` of the API points; names are resolved at every connect, and `:port` is this machine. Throws {@link ListenError}. */
export const parseUpstream = (upstream: string): Address => {
	const unix = unixAddress(upstream);
	if (unix) return unix;
	const { host, port } = splitHostPort(upstream);
	return { host: host === '' ? 'localhost' : host, port: portOf(port) };
};

/** As Go writes it: `[::1]:80`; a unix socket as it is named here. */
export const addressText = ({ host, port, path }: Address): string => {
	if (path !== undefined) return UNIX + path;
	return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
};

export const REASONS: Record<string, string> = {
	EADDRINUSE: 'address already in use',
	EACCES: 'permission denied',
	EADDRNOTAVAIL: 'cannot assign requested address',
	EINVAL: 'invalid argument',
	EAFNOSUPPORT: 'address family not supported by protocol',
	ENOENT: 'no such file or directory',
	ENOTDIR: 'not a directory',
	EROFS: 'read-only file system',
};

/** The error of a bind or listen, in Go's words. */
export const bindError = (at: Address, error: NodeJS.ErrnoException): ListenError => {
	const reason = REASONS[error.code ?? ''] ?? error.message;
	if (at.path !== undefined) return listenError(`listen unix ${at.path}: bind: ${reason}`);
	const port = at.host === '::' ? `:${at.port}` : addressText(at);
	return listenError(`listen tcp ${port}: bind: ${reason}`);
};
