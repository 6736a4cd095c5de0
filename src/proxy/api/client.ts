import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { DarumaError, EXIT, stageError, usageError } from '../../model/errors.js';

export interface ShownToxic {
	name: string;
	type: string;
	stream: string;
	toxicity: number;
	attributes: Record<string, unknown>;
}

export interface ShownProxy {
	name: string;
	listen: string;
	upstream: string;
	enabled: boolean;
	toxics: ShownToxic[];
}

/** The server refused: its words, as Toxiproxy's own client puts them. */
export const refused = (status: number, message: string): DarumaError => new DarumaError('E_TOXIPROXY', EXIT.failed, `HTTP ${status}: ${message}`);

/** Adds what was being done. */
export const whileDoing = (what: string, error: unknown): unknown =>
	error instanceof DarumaError && error.code === 'E_TOXIPROXY' ? new DarumaError(error.code, error.exit, `${what}: ${error.message}`) : error;

const DEADLINE_MS = 30_000;

const exchange = (url: URL, method: string, body: string | undefined): Promise<{ status: number; text: string }> =>
	new Promise((resolve, reject) => {
		const headers = {
			'User-Agent': 'daruma-proxy',
			...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
		};
		const asked = (url.protocol === 'https:' ? secure : plain)(url, { method, headers, agent: false });
		const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${DEADLINE_MS / 1000} s`)), DEADLINE_MS);
		asked.once('close', () => clearTimeout(timer));
		asked.once('error', reject);
		asked.once('response', (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (chunk) => {
				text += chunk;
			});
			response.once('error', reject);
			response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
		});
		asked.end(body);
	});

export const endpoint = (host: string): string => {
	const url = /^https?:\/\//.test(host) ? host : `http://${host}`;
	if (!URL.canParse(url)) throw usageError('E_URL', `"${host}" is no URL of a Toxiproxy API`, 'for example http://localhost:8474');
	return url.replace(/\/+$/, '');
};

export interface ToxiproxyClient {
	list(): Promise<ShownProxy[]>;
	get(name: string): Promise<ShownProxy>;
	create(spec: { name: string; listen: string; upstream: string }): Promise<ShownProxy>;
	update(name: string, change: { enabled: boolean }): Promise<ShownProxy>;
	delete(name: string): Promise<void>;
	addToxic(proxy: string, toxic: Partial<ShownToxic>): Promise<ShownToxic>;
	updateToxic(proxy: string, name: string, change: Partial<ShownToxic>): Promise<ShownToxic>;
	removeToxic(proxy: string, name: string): Promise<void>;
}

/**
 * Speaks to any server of Toxiproxy's API, ours or the real one. Errors: E_TOXIPROXY (the server refused, exit 1),
 * E_NO_TOXIPROXY (nobody answers there), E_URL.
 */
export const toxiproxyClient = (host: string): ToxiproxyClient => {
	const base = endpoint(host);
	const ask = async (method: string, path: readonly string[], body?: object): Promise<unknown> => {
		const url = new URL(`${base}/${path.map(encodeURIComponent).join('/')}`);
		const { status, text } = await exchange(url, method, body && JSON.stringify(body)).catch((error: Error) => {
			throw stageError(
				'E_NO_TOXIPROXY',
				`no Toxiproxy API answers at ${base}: ${error.message}`,
				'start one with daruma proxy serve, or name another with --host or TOXIPROXY_URL',
			);
		});
		let value: unknown;
		try {
			value = text === '' ? undefined : JSON.parse(text);
		} catch {
			if (status < 300) throw stageError('E_NO_TOXIPROXY', `what answers at ${base} speaks no Toxiproxy API`, 'is this the URL of the API, not of a proxy?');
		}
		if (status >= 300 || status < 200) throw refused(status, (value as { error?: string } | undefined)?.error ?? text.trim());
		return value;
	};
	return {
		list: async () => {
			const proxies = (await ask('GET', ['proxies'])) as Record<string, ShownProxy>;
			return Object.keys(proxies)
				.sort()
				.map((name) => shown(proxies[name] as ShownProxy));
		},
		get: async (name) => shown((await ask('GET', ['proxies', name])) as ShownProxy),
		create: async (spec) => shown((await ask('POST', ['proxies'], { ...spec, enabled: true })) as ShownProxy),
		// POST rather than PATCH, which servers before 2.6 do not know.
		update: async (name, change) => shown((await ask('POST', ['proxies', name], change)) as ShownProxy),
		delete: async (name) => void (await ask('DELETE', ['proxies', name])),
		addToxic: async (proxy, toxic) => (await ask('POST', ['proxies', proxy, 'toxics'], toxic)) as ShownToxic,
		updateToxic: async (proxy, name, change) => (await ask('POST', ['proxies', proxy, 'toxics', name], change)) as ShownToxic,
		removeToxic: async (proxy, name) => void (await ask('DELETE', ['proxies', proxy, 'toxics', name])),
	};
};

/** Without the logger that Toxiproxy leaks. */
const shown = ({ Logger: _, ...proxy }: ShownProxy & { Logger?: unknown }): ShownProxy => proxy;
