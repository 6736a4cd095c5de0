import { parseDuration } from '../model/duration.js';
import { hostPort } from '../model/endpoint.js';
import { usageError } from '../model/errors.js';
import { askRegistry } from '../systems/registry-http.js';
import { nextIndex, patienceMs, readCatalog, readHealth } from '../wire/consul.js';
import { BackOff, listedOf, readRegistryAddress } from './registry-entry.js';
import type { SourceKind } from './source.js';

const usage = 'consul://HOST[:PORT]/SERVICE[?tag=…&dc=…&near=…&passing&catalog&wait=10s&tls]';
const OPTIONS = ['tag', 'dc', 'near', 'ns', 'passing', 'catalog', 'wait', 'tls'];
/** Consul's own default is 5 min: a server that hangs would be noticed only then. */
const WAIT_MS = 10_000;
/** Without an index there is nothing to wait for: it is polled. */
const POLL_MS = 1000;
/** An index that changes all the time is answered at once each time: at most so many questions a second (50). */
const LEAST_MS = 20;

/** A service of Consul, by blocking queries: each is answered when something has changed, or its wait is over. */
export const consul: SourceKind = {
	usage,
	follow(address, listener, clock) {
		const { hosts, user, password, path, options, shown } = readRegistryAddress(address, 'consul', 8500, usage, OPTIONS);
		const wrong = (expected: string): Error => usageError('E_SOURCE', `source ${JSON.stringify(shown)}: expected ${expected}`, `write ${usage}`);
		if (hosts.length !== 1) throw wrong('one agent');
		if (!/^[^/]+$/.test(path)) throw wrong('the name of a service after the slash');
		const wait = options.get('wait');
		const waitMs = wait === null ? WAIT_MS : parseDuration(wait);
		if (waitMs === undefined || waitMs < 1000 || waitMs > 600_000) throw wrong(`wait= a time from 1s to 10min, found ${JSON.stringify(wait)}`);
		const isOn = (name: string): boolean => options.has(name) && options.get(name) !== 'false' && options.get(name) !== '0';

		const origin = `${isOn('tls') ? 'https' : 'http'}://${hostPort(hosts[0]!)}`;
		const token = password || user || process.env.CONSUL_HTTP_TOKEN || '';
		const catalog = isOn('catalog');
		const query = new URLSearchParams();
		for (const name of ['tag', 'dc', 'near', 'ns']) for (const value of options.getAll(name)) query.append(name, value);
		if (isOn('passing') && !catalog) query.set('passing', 'true');

		const abort = new AbortController();
		const backOff = new BackOff(clock);
		let index = 0n;
		let running = Promise.resolve();

		const ask = async (): Promise<number> => {
			const blocking = new URLSearchParams(query);
			if (index > 0n) {
				blocking.set('index', String(index));
				blocking.set('wait', `${Math.round(waitMs)}ms`);
			}
			const url = `${origin}/v1/${catalog ? 'catalog' : 'health'}/service/${path}?${blocking}`;
			const headers: Record<string, string> = token === '' ? {} : { 'x-consul-token': token };
			const { status, headers: told, body } = await askRegistry({ method: 'GET', url, headers, timeoutMs: patienceMs(waitMs), signal: abort.signal });
			if (status !== 200) throw new Error(`it answered ${status}${body.trim() === '' ? '' : `: ${body.trim().slice(0, 200)}`}`);
			let json: unknown;
			try {
				json = JSON.parse(body);
			} catch {
				throw new Error('its answer is no JSON');
			}
			const entries = (catalog ? readCatalog : readHealth)(json);
			if (entries === null) throw new Error('its answer is no list of services: is this a Consul agent?');
			const header = told['x-consul-index'];
			const next = nextIndex(index, typeof header === 'string' ? header : undefined);
			const waited = index > 0n;
			index = next;
			if (!abort.signal.aborted) listener.listed(entries.map(listedOf));
			return next === 0n && !waited ? POLL_MS : LEAST_MS;
		};
		const turn = (): void => {
			running = ask().then(
				(ms) => {
					backOff.reset();
					if (!abort.signal.aborted) backOff.after(ms, turn);
				},
				(error: Error) => {
					// What was missed meanwhile is unknown: the first answer after it comes at once.
					index = 0n;
					if (abort.signal.aborted) return;
					listener.lost(`Consul at ${hostPort(hosts[0]!)}: ${error.message}`);
					backOff.again(turn);
				},
			);
		};
		turn();
		return {
			async close() {
				abort.abort();
				backOff.stop();
				await running;
			},
		};
	},
};
