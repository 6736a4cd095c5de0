/** Where a node listens: loopback in a test cluster. */
export interface Endpoint {
	/** `n1` … in a cluster. */
	name: string;
	host: string;
	port: number;
}

export const hostPort = (e: Pick<Endpoint, 'host' | 'port'>): string => (e.host.includes(':') ? `[${e.host}]:${e.port}` : `${e.host}:${e.port}`);
