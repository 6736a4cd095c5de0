import { usageError } from './errors.js';
import { nearest } from './nearest.js';

/** What is asked: one endpoint with its protocol. Made from a URL by `parseTarget`, or by a discovery source. */
export interface Target {
	/** As shown: the URL without secrets, unless discovery knows a better name. */
	name: string;
	/** `http https tcp tls grpc grpcs jsonrpc+http jsonrpc+https jsonrpc+tcp ws wss dns udp redis rediss postgres thrift exec`. */
	protocol: string;
	/** A name or an address (IPv6 without brackets); for exec the program. */
	host: string;
	port: number;
	/** With its query where the protocol has one; '' otherwise. */
	path: string;
	/** From the URL, percent-decoded; never shown. */
	username?: string;
	password?: string;
	/** A socket file instead of host and port: `http+unix:/run/x.sock:/path`. */
	socketPath?: string;
	/** For weighted policies; 1 unless the source says so. */
	weight: number;
}

/** What a protocol's URL may leave out. `null`: the port must be there. `query`: it goes into the options, not onto the wire. */
const PROTOCOLS: Readonly<Record<string, { port: number | null; query: boolean; secure?: boolean }>> = {
	http: { port: 80, query: false },
	https: { port: 443, query: false, secure: true },
	tcp: { port: null, query: true },
	tls: { port: 443, query: true, secure: true },
	grpc: { port: null, query: true },
	grpcs: { port: 443, query: true, secure: true },
	'jsonrpc+http': { port: 80, query: false },
	'jsonrpc+https': { port: 443, query: false, secure: true },
	'jsonrpc+tcp': { port: null, query: true },
	ws: { port: 80, query: false },
	wss: { port: 443, query: false, secure: true },
	dns: { port: 53, query: true },
	udp: { port: null, query: true },
	redis: { port: 6379, query: true },
	rediss: { port: 6379, query: true, secure: true },
	postgres: { port: 5432, query: true },
	thrift: { port: null, query: true },
	exec: { port: 0, query: false },
};

const ALIASES: Readonly<Record<string, string>> = { postgresql: 'postgres', 'grpc+tls': 'grpcs', h2c: 'http', ssl: 'tls', jsonrpc: 'jsonrpc+http' };

export const TARGET_PROTOCOLS: readonly string[] = Object.keys(PROTOCOLS);

const wrong = (typed: string, expected: string, hint?: string): never => {
	throw usageError('E_TARGET', `target ${JSON.stringify(shown(typed))}: expected ${expected}`, hint);
};

/** A URL as people may see it: without its user's password, and without what its query calls a secret. */
export const shown = (url: string): string =>
	url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, '$1').replace(/([?&][^=&#]*(?:pass|secret|token|key|auth)[^=&#]*=)[^&#]*/gi, '$1***');

/**
 * `http://10.0.0.1:8080/health`, `tcp://[::1]:5432`, `http+unix:/run/app.sock:/health`, `exec:./check.sh --fast` → a target.
 * Pure. Throws E_TARGET (exit 2) with what was expected, and how to write it.
 */
export const parseTarget = (typed: string): Target => {
	const url = typed.trim();
	const scheme = /^([a-z][a-z0-9+.-]*):(?!\d+(?:\/|$))/i.exec(url)?.[1]?.toLowerCase();
	if (scheme === undefined) {
		const host = /^[\w.[\]:-]+/.exec(url)?.[0];
		return wrong(typed, `a URL that begins with its protocol (${TARGET_PROTOCOLS.join(', ')})`, host ? `write http://${url} or tcp://${host}` : undefined);
	}
	if (scheme === 'exec') return parseExec(typed, url.slice('exec:'.length));
	const unix = scheme.endsWith('+unix');
	const protocol = ALIASES[unix ? scheme.slice(0, -5) : scheme] ?? (unix ? scheme.slice(0, -5) : scheme);
	const known = Object.hasOwn(PROTOCOLS, protocol) ? PROTOCOLS[protocol] : undefined;
	if (!known) {
		const near = nearest(scheme, TARGET_PROTOCOLS);
		return wrong(typed, `one of the protocols ${TARGET_PROTOCOLS.join(', ')}, found "${scheme}"`, near ? `did you mean ${near}:?` : undefined);
	}
	if (unix) return parseUnix(typed, protocol, url.slice(scheme.length + 1));
	if (!/^[a-z0-9+.-]+:\/\//i.test(url)) return wrong(typed, `"//" after ${scheme}:`, `write ${scheme}://${url.slice(scheme.length + 1).replace(/^\/+/, '')}`);
	return parseUrl(typed, protocol, url, known.port);
};

const parseUrl = (typed: string, protocol: string, url: string, port: number | null): Target => {
	// Under http: the parser keeps to the rules of web addresses; a port that is the default of another scheme stays.
	const rest = url.replace(/^[a-z0-9+.-]+:\/\//i, '');
	const explicit = /^(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:@]*):(\d*)(?=[/?#]|$)/.exec(rest)?.[1];
	let parsed: URL;
	try {
		parsed = new URL(`http://${rest}`);
	} catch {
		const number = explicit === undefined || explicit === '' ? undefined : Number(explicit);
		if (number !== undefined && number > 65_535) return wrong(typed, `a port from 1 to 65535, found ${explicit}`);
		return wrong(
			typed,
			`${protocol}://HOST${port === null ? ':PORT' : '[:PORT]'}${/^[^/]*:[^/]*:/.test(rest) && !rest.startsWith('[') ? '; an IPv6 address stands in brackets' : ''}`,
		);
	}
	if (parsed.hostname === '') return wrong(typed, `a host after ${protocol}://`);
	const number = explicit === undefined || explicit === '' ? port : Number(explicit);
	if (number === null) return wrong(typed, `a port: ${protocol} has no usual one`, `write ${protocol}://${parsed.host}:PORT`);
	if (number < 1) return wrong(typed, `a port from 1 to 65535, found ${explicit}`);
	const path = `${parsed.pathname === '/' && !/^[^/?#]*\//.test(rest) && PROTOCOLS[protocol]?.query ? '' : parsed.pathname}${parsed.search}`;
	return {
		name: shown(url),
		protocol,
		host: parsed.hostname.replace(/^\[|\]$/g, ''),
		port: number,
		path,
		...(parsed.username !== '' && { username: decode(typed, parsed.username) }),
		...(parsed.password !== '' && { password: decode(typed, parsed.password) }),
		weight: 1,
	};
};

const decode = (typed: string, text: string): string => {
	try {
		return decodeURIComponent(text);
	} catch {
		return wrong(typed, 'a user and password in percent-encoding (% itself is %25)');
	}
};

/** `/run/app.sock:/path`; the path may be missing. */
const parseUnix = (typed: string, protocol: string, rest: string): Target => {
	const found = /^(?:\/\/)?(\/[^:]+)(?::(\/.*)?)?$/.exec(rest);
	if (!found) return wrong(typed, `${protocol}+unix:/path/of/the.sock:/path`);
	return {
		name: shown(typed.trim()),
		protocol,
		host: 'localhost',
		port: 0,
		path: found[2] ?? (PROTOCOLS[protocol]?.query ? '' : '/'),
		socketPath: found[1] as string,
		weight: 1,
	};
};

/** The program, and as `path` the rest of the line: words are split by the prober, and no shell ever sees them. */
const parseExec = (typed: string, line: string): Target => {
	const found = /^(?:\/\/)?\s*(?:"([^"]+)"|'([^']+)'|(\S+))\s*([\s\S]*)$/.exec(line);
	const program = found?.[1] ?? found?.[2] ?? found?.[3];
	if (program === undefined) return wrong(typed, 'a program after exec:', 'write exec:./check.sh --fast');
	return { name: typed.trim(), protocol: 'exec', host: program, port: 0, path: found?.[4]?.trim() ?? '', weight: 1 };
};

/** Whether its protocol begins with TLS. */
export const isSecure = (target: Target): boolean => PROTOCOLS[target.protocol]?.secure ?? false;

/** What the query says of how to ask, for protocols that send no query; null: nothing. `tcp://h:1?send=PING&expect=PONG`. */
export const queryOf = (target: Target): Record<string, string> | null => {
	const at = target.path.indexOf('?');
	if (at < 0 || !PROTOCOLS[target.protocol]?.query) return null;
	return Object.fromEntries(new URLSearchParams(target.path.slice(at + 1)));
};

/** `host:port`, or the socket file: what is connected to. */
export const addressOf = (target: Target): string =>
	target.socketPath ?? (target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`);
