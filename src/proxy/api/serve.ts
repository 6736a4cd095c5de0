import { randomInt } from 'node:crypto';
import { type GuardedServer, serveGuarded } from '../../control/guarded-server.js';
import type { Proxies } from '../contract.js';
import { createProxies } from '../proxies.js';
import { TOXICS } from '../toxics/index.js';
import { createApi } from './api.js';

export interface ServeOptions {
	/** The same seed gives the same decisions. Default: a new one each time, see {@link ProxyServer.seed}. */
	seed?: number;
	/** Default 127.0.0.1. */
	host?: string;
	/** Default 8474, as Toxiproxy's; 0 for any free one. */
	port?: number;
	/** A JSON array as POST /populate takes it; toxics and options in it are honoured. Its proxies are there before the API is. */
	config?: Uint8Array | string;
}

export interface ProxyServer {
	/** Of the API. */
	url: string;
	host: string;
	port: number;
	seed: number;
	/** The same proxies that the API shows, without HTTP in between. */
	proxies: Proxies;
	/** The API first, then every proxy with all its connections. */
	close(): Promise<void>;
}

/**
 * A fault proxy with Toxiproxy's HTTP API, guarded. For a test: `port: 0`, then `url` or `proxies`, and `close` at the
 * end. Errors: E_PORT_IN_USE, E_LISTEN, and what the API would have answered to `config`.
 */
export const serveProxy = async ({ seed = randomInt(2 ** 31), host = '127.0.0.1', port = 8474, config }: ServeOptions = {}): Promise<ProxyServer> => {
	const proxies = createProxies({ seed });
	const api = createApi({ proxies, infos: (type) => TOXICS.get(type) });
	let server: GuardedServer;
	try {
		if (config !== undefined) await api.populate(typeof config === 'string' ? Buffer.from(config) : config);
		server = await serveGuarded({ host, port, answer: api.answer });
	} catch (error) {
		await proxies.close();
		throw error;
	}
	const close = async (): Promise<void> => {
		await server.close();
		await proxies.close();
	};
	return { url: server.url, host: server.host, port: server.port, seed, proxies, close };
};
