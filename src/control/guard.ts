import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** 127.0.0.0/8, ::1, and 127.0.0.0/8 written as IPv6. */
export const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);

/** Top-level names that no public DNS answers for (RFC 2606, 6761, 6762, 8375, and ICANN's .internal), and Kubernetes' .svc. */
const PRIVATE = new Set(['localhost', 'test', 'example', 'invalid', 'local', 'internal', 'svc', 'lan', 'home', 'corp', 'localdomain']);

const hostOf = (header: string): string => {
	const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(header);
	if (bracketed) return bracketed[1] as string;
	return header.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
};

/**
 * A web page can reach a loopback server under a name of its own (DNS rebinding), and its requests then carry that name.
 * Only a public domain can be pointed here by a stranger: addresses, names without a dot (`toxiproxy:8474` in compose)
 * and names under private top-level domains cannot.
 */
export const isForeignHost = (header: string): boolean => {
	const host = hostOf(header);
	if (host === '' || isIP(host) !== 0 || !host.includes('.')) return false;
	if (host.endsWith('.home.arpa')) return false;
	return !PRIVATE.has(host.slice(host.lastIndexOf('.') + 1));
};

/** Why this request is not for us, or null. Browsers cannot be kept from sending Origin with what changes state. */
export const refusal = (headers: IncomingHttpHeaders, loopback: boolean): string | null => {
	if (headers.origin !== undefined) return 'requests from web pages are refused (Origin)';
	if (headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site') return 'requests from web pages are refused (Sec-Fetch-Site)';
	if (loopback && isForeignHost(headers.host ?? '')) return 'a foreign Host is refused while listening on loopback';
	return null;
};
