import { randomInt } from 'node:crypto';
import { type GuardedServer, serveGuarded } from '../../control/guarded-server.js';
import type { Proxies } from '../contract.js';
import { createProxies } from '../proxies.js';
import { TOXICS } from '../toxics/index.js';
import { createApi } from './api.js';
import type { Infos } from './go-print.js';
import { printState, readState, StateFile, stateError } from './state-file.js';

export interface ServeOptions {
	/** The same seed gives the same decisions. Default: a new one each time, see {@link ProxyServer.seed}. */
	seed?: number;
	/** Default 127.0.0.1. */
	host?: string;
	/** Default 8474, as Toxiproxy's; 0 for any free one. */
	port?: number;
	/** A JSON array as POST /populate takes it; toxics and options in it are honoured. Its proxies are there before the API is. */
	config?: Uint8Array | string;
	/**
	 * A file that holds what the proxies are, in the form of `config`: read at the start (and then `config` is not), and
	 * written at every change. It need not be there yet.
	 */
	state?: string;
	/** Hears that the state could not be written; by default nobody does. */
	warn?(message: string): void;
	/** GET /metrics also tells of this process. */
	runtimeMetrics?: boolean;
}

export interface ProxyServer {
	/** Of the API. */
	url: string;
	host: string;
	port: number;
	seed: number;
	/** The same proxies that the API shows, without HTTP in between. */
	proxies: Proxies;
	/** The API first, then every proxy with all its connections. Errors: E_STATE, when all is closed. */
	close(): Promise<void>;
}

/**
 * A fault proxy with Toxiproxy's HTTP API, guarded. For a test: `port: 0`, then `url` or `proxies`, and `close` at the
 * end. Errors: E_PORT_IN_USE, E_LISTEN, E_STATE, and what the API would have answered to `config`.
 */
export const serveProxy = async (options: ServeOptions = {}): Promise<ProxyServer> => {
	const { seed = randomInt(2 ** 31), host = '127.0.0.1', port = 8474, config, state, warn = () => {}, runtimeMetrics = false } = options;
	const infos: Infos = (type) => TOXICS.get(type);
	const before = state === undefined ? null : await readState(state);
	let kept: StateFile | null = null;
	const proxies = createProxies({ seed, changed: () => kept?.changed() });
	const api = createApi({ proxies, infos, keepsState: state !== undefined, runtimeMetrics });
	let server: GuardedServer;
	try {
		if (state !== undefined && before !== null) {
			await api.populate(before).catch((error) => {
				throw stateError(state, error);
			});
		} else if (config !== undefined) await api.populate(typeof config === 'string' ? Buffer.from(config) : config);
		server = await serveGuarded({ host, port, answer: api.answer });
		if (state !== undefined) kept = new StateFile(state, () => printState(proxies, infos), warn);
		await kept?.write().catch(async (error) => {
			await server.close();
			throw error;
		});
	} catch (error) {
		await proxies.close();
		throw error;
	}
	const close = async (): Promise<void> => {
		await server.close();
		const written = kept?.close();
		await Promise.allSettled([written]);
		await proxies.close();
		await written;
	};
	return { url: server.url, host: server.host, port: server.port, seed, proxies, close };
};
