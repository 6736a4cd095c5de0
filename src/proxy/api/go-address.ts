import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** net.SplitHostPort, with its error texts. */
export const splitHostPort = (address: string): { host: string; port: string } => {
	const bad = (why: string): Error => new Error(`address ${address}: ${why}`);
	const colon = address.lastIndexOf(':');
	if (colon < 0) throw bad('missing port in address');
	let host = address.slice(0, colon);
	if (address.startsWith('[')) {
		const end = address.indexOf(']');
		if (end < 0) throw bad("missing ']' in address");
		if (end + 1 === address.length) throw bad('missing port in address');
		if (end + 1 !== colon) throw bad(address[end + 1] === ':' ? 'too many colons in address' : 'missing port in address');
		host = address.slice(1, end);
		if (address.indexOf('[', 1) >= 0) throw bad("unexpected '[' in address");
		if (address.indexOf(']', end + 1) >= 0) throw bad("unexpected ']' in address");
		return { host, port: address.slice(colon + 1) };
	}
	if (host.includes(':')) throw bad('too many colons in address');
	if (address.includes('[')) throw bad("unexpected '[' in address");
	if (address.includes(']')) throw bad("unexpected ']' in address");
	return { host, port: address.slice(colon + 1) };
};

const portNumber = (port: string): number => {
	if (port === '') return 0;
	if (!/^[+-]?\d+$/.test(port)) throw new Error(`lookup tcp/${port}: unknown port`);
	const n = Number(port);
	if (n < 0 || n > 65_535) throw new Error(`address ${port}: invalid port`);
	return n;
};

/** A slow name server must not make the control API slow. Milliseconds. */
const LOOKUP_MS = 60;

const addressOf = async (host: string): Promise<string> => {
	if (isIP(host)) return host;
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`lookup ${host}: i/o timeout`)), LOOKUP_MS);
	});
	const found = lookup(host, { all: true }).catch(() => {
		throw new Error(`lookup ${host}: no such host`);
	});
	found.catch(() => {});
	try {
		const all = await Promise.race([found, late]);
		return (all.find(({ family }) => family === 4) ?? all[0])?.address ?? '';
	} finally {
		clearTimeout(timer);
	}
};

/** net.ResolveTCPAddr as text: "localhost:80" is "127.0.0.1:80", "" is ":0". Names prefer IPv4. Errors carry Go's texts. */
export const resolveAddress = async (address: string): Promise<string> => {
	if (address === '') return ':0';
	const { host, port } = splitHostPort(address);
	const number = portNumber(port);
	if (host === '') return `:${number}`;
	const ip = await addressOf(host);
	return ip.includes(':') ? `[${ip}]:${number}` : `${ip}:${number}`;
};
