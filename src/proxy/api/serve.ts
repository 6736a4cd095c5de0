import { type GuardedServer, serveGuarded } from '../../control/guarded-server.js';
import type { Proxies } from '../contract.js';
import { type Api, createApi } from './api.js';
import type { Infos } from './go-print.js';

export interface ProxyServer extends Api {
	server: GuardedServer;
	proxies: Proxies;
	/** The API first, then every proxy with all its connections. */
	close(): Promise<void>;
}

export interface ServeOptions {
	proxies: Proxies;
	infos: Infos;
	/** Default 127.0.0.1. */
	host?: string;
	/** Default 8474, as Toxiproxy's; 0 for any free one. */
	port?: number;
}

/** Toxiproxy's HTTP API over these proxies, guarded. Errors: E_PORT_IN_USE, E_LISTEN. */
export const serveApi = async ({ proxies, infos, host = '127.0.0.1', port = 8474 }: ServeOptions): Promise<ProxyServer> => {
	const api = createApi({ proxies, infos });
	const server = await serveGuarded({ host, port, answer: api.answer });
	return {
		...api,
		server,
		proxies,
		close: async () => {
			await server.close();
			await proxies.close();
		},
	};
};
