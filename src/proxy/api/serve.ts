import { randomInt } from 'node:crypto';
import { type GuardedServer, serveGuarded } from '../../control/guarded-server.js';
import type { Proxies } from '../contract.js';
import { createProxies } from '../proxies.js';
import { TOXICS } from '../toxics/index.js';
import { type Api, createApi } from './api.js';

export interface ProxyServer extends Api {
	server: GuardedServer;
	seed: number;
	proxies: Proxies;
	/** The API first, then every proxy with all its connections. */
	close(): Promise<void>;
}

export interface ServeOptions {
	/** The same seed gives the same decisions. Default: a new one each time, see {@link ProxyServer.seed}. */
	seed?: number;
	/** Default 127.0.0.1. */
	host?: string;
	/** Default 8474, as Toxiproxy's; 0 for any free one. */
	port?: number;
}

/**
 * A fault proxy with Toxiproxy's HTTP API, guarded. For a test: port 0, then `server.url`, `proxies`, and `close` at the
 * end. Errors: E_PORT_IN_USE, E_LISTEN.
 */
export const serveProxy = async ({ seed = randomInt(2 ** 31), host = '127.0.0.1', port = 8474 }: ServeOptions = {}): Promise<ProxyServer> => {
	const proxies = createProxies({ seed });
	const api = createApi({ proxies, infos: (type) => TOXICS.get(type) });
	const server = await serveGuarded({ host, port, answer: api.answer });
	return {
		...api,
		server,
		seed,
		proxies,
		close: async () => {
			await server.close();
			await proxies.close();
		},
	};
};
