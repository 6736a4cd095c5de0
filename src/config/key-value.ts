import { hostPort } from '../model/endpoint.js';
import { DarumaError, usageError } from '../model/errors.js';

/** A daruma.yaml that lies in a key of a registry, and how it is named in messages. */
export interface Fetched {
	text: string;
	/** Without user, password or token. */
	name: string;
}

/** A daruma.yaml has some hundred lines; a key of Consul or ZooKeeper holds at most 512 KiB, or 1 MiB. */
const MOST_BYTES = 1024 * 1024;
const TIMEOUT_MS = 10_000;
const CONSUL = 'consul-kv://HOST[:PORT]/KEY[?dc=…&tls]';
const ZOOKEEPER = 'zk://HOST[:PORT][,HOST[:PORT]…]/PATH';

/** Does this name a key rather than a file? */
export const isKey = (typed: string): boolean => /^(?:consul-kv|zk):\/\//i.test(typed);

/**
 * `consul-kv://127.0.0.1:8500/daruma/web`, `zk://127.0.0.1:2181/daruma/web`: the text under that key.
 * Throws E_SOURCE for an address that cannot be right, E_NO_CONFIG for a key that is not there or a registry that does
 * not answer within 10 s (exit 2: nothing has been started).
 */
export const fetchKey = async (typed: string): Promise<Fetched> => (/^zk:/i.test(typed) ? fromZookeeper(typed) : fromConsul(typed));

const absent = (name: string, why: string): DarumaError =>
	usageError('E_NO_CONFIG', `${name}: ${why}`, 'see docs/registries.md; `daruma demo` needs no configuration');

const checked = (text: string, name: string): Fetched => {
	const bytes = Buffer.byteLength(text);
	if (bytes > MOST_BYTES) throw absent(name, `expected at most ${MOST_BYTES} bytes, found ${bytes}`);
	if (text.trim() === '') throw absent(name, 'expected a daruma.yaml, found an empty value');
	return { text, name };
};

const fromConsul = async (typed: string): Promise<Fetched> => {
	const [{ readRegistryAddress }, { askRegistry }] = await Promise.all([import('../discovery/registry-entry.js'), import('../systems/registry-http.js')]);
	const { hosts, user, password, path, options, shown } = readRegistryAddress(typed, 'consul-kv', 8500, CONSUL, ['dc', 'tls']);
	if (hosts.length !== 1 || path === '') throw usageError('E_SOURCE', `${JSON.stringify(shown)}: expected one agent and a key`, `write ${CONSUL}`);
	const token = password || user || process.env.CONSUL_HTTP_TOKEN || '';
	const dc = options.get('dc');
	const url = `${options.has('tls') ? 'https' : 'http'}://${hostPort(hosts[0]!)}/v1/kv/${path}?raw${dc === null ? '' : `&dc=${encodeURIComponent(dc)}`}`;
	const answer = await askRegistry({
		method: 'GET',
		url,
		headers: token === '' ? {} : { 'x-consul-token': token },
		timeoutMs: TIMEOUT_MS,
		limit: MOST_BYTES,
	}).catch((error: Error) => {
		throw absent(shown, error.message);
	});
	if (answer.status === 404) throw absent(shown, 'there is no such key');
	if (answer.status !== 200) throw absent(shown, `Consul answered ${answer.status}${answer.body.trim() === '' ? '' : `: ${answer.body.trim().slice(0, 200)}`}`);
	return checked(answer.body, shown);
};

const fromZookeeper = async (typed: string): Promise<Fetched> => {
	const [{ readRegistryAddress }, { readOnce }] = await Promise.all([import('../discovery/registry-entry.js'), import('../systems/zookeeper-read.js')]);
	const { hosts, user, password, path, shown } = readRegistryAddress(typed, 'zk', 2181, ZOOKEEPER, []);
	if (path === '') throw usageError('E_SOURCE', `${JSON.stringify(shown)}: expected a path`, `write ${ZOOKEEPER}`);
	try {
		const digest = user === '' ? {} : { digest: `${user}:${password}` };
		return checked(await readOnce({ hosts, timeoutMs: TIMEOUT_MS, ...digest }, `/${path.replace(/\/+$/, '')}`), shown);
	} catch (error) {
		if (error instanceof DarumaError) throw error;
		throw absent(shown, (error as { code?: string }).code === 'NO_NODE' ? 'there is no such node' : (error as Error).message);
	}
};
