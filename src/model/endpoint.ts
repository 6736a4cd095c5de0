import type { TlsSpec } from './plan.js';

/** Where a node listens: loopback in a test cluster. */
export interface Endpoint {
	/** `n1` … in a cluster. */
	name: string;
	host: string;
	port: number;
}

export const hostPort = (e: Pick<Endpoint, 'host' | 'port'>): string => (e.host.includes(':') ? `[${e.host}]:${e.port}` : `${e.host}:${e.port}`);

/** Where traffic goes: an endpoint, perhaps behind TLS or a socket file. */
export interface Destination extends Endpoint {
	/** Absent: in plain text. */
	tls?: TlsSpec;
	/** A unix socket in place of host and port; they then only name it. */
	socketPath?: string;
	/** Before every path; no slash at its end. */
	basePath?: string;
}

/** `https://127.0.0.1:8443/api`; for a socket file `http+unix:/run/x.sock:/api`, as `url` is written. */
export const urlOf = ({ tls, socketPath, basePath = '', ...endpoint }: Destination): string => {
	const scheme = tls ? 'https' : 'http';
	return socketPath === undefined ? `${scheme}://${hostPort(endpoint)}${basePath}` : `${scheme}+unix:${socketPath}:${basePath || '/'}`;
};
