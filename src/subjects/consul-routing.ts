import { type Endpoint, hostPort } from '../model/endpoint.js';
import { stageError } from '../model/errors.js';
import type { RouteState, Routing } from '../model/routing.js';
import { askRegistry } from '../systems/registry-http.js';
import { type ConsulInstance, OUR_REASON, readInstances } from '../wire/consul-instances.js';

export interface ConsulService {
	/** Of the agent that the instances are registered with: http://127.0.0.1:8500 */
	url: string;
	service: string;
	/** Absent: that of `CONSUL_HTTP_TOKEN`. */
	token?: string;
}

const ANSWER_MS = 5000;

const ask = async ({ url, token }: ConsulService, method: 'GET' | 'PUT', path: string): Promise<string> => {
	const base = url.replace(/\/+$/, '');
	const secret = token || process.env.CONSUL_HTTP_TOKEN;
	const at = `Consul at ${new URL(base).host}`;
	const { status, body } = await askRegistry({
		method,
		url: `${base}/v1/${path}`,
		headers: secret ? { 'x-consul-token': secret } : {},
		timeoutMs: ANSWER_MS,
	}).catch((error: Error) => {
		throw stageError('E_CONSUL', `${at}: ${error.message}`, 'is the agent running, and is this its HTTP port?');
	});
	if (status === 200) return body;
	throw stageError(
		'E_CONSUL',
		`${at} answered ${status} to ${path.split('?')[0]}${body.trim() && `: ${body.trim().slice(0, 200)}`}`,
		status === 403
			? 'set CONSUL_HTTP_TOKEN to a token that may write this service'
			: 'maintenance mode is told to the agent that the service is registered with',
	);
};

/** Who is registered there now, well or not. Throws E_CONSUL (exit 4). */
export const consulInstances = async (place: ConsulService): Promise<ConsulInstance[]> => {
	const body = await ask(place, 'GET', `health/service/${encodeURIComponent(place.service)}`);
	let found: ConsulInstance[] | null = null;
	try {
		found = readInstances(JSON.parse(body));
	} catch {}
	if (found) return found;
	throw stageError('E_CONSUL', `${place.url} gave no list of services`, 'is this a Consul agent?');
};

/**
 * Through Consul's maintenance mode: whoever resolves the service is no longer given the instance. Consul knows nothing of
 * what is in flight, so `drain` is `out`. Who is not listed is out already, and registers again in order; maintenance
 * that somebody else has set is never ended.
 */
export const consulRouting = (nodes: readonly Endpoint[], place: ConsulService): Routing => {
	const instancesOf = async (name: string): Promise<ConsulInstance[]> => {
		const node = nodes.find((n) => n.name === name);
		const address = node ? hostPort(node) : name;
		return (await consulInstances(place)).filter((each) => each.address === address);
	};
	const turn = async ({ id }: ConsulInstance, query: string): Promise<void> => {
		await ask(place, 'PUT', `agent/service/maintenance/${encodeURIComponent(id)}?${query}`);
	};
	return {
		by: 'consul',
		async set(name, state) {
			for (const instance of await instancesOf(name)) {
				if (state === 'in' && instance.maintenance === 'ours') await turn(instance, 'enable=false');
				if (state !== 'in' && instance.maintenance === 'none')
					await turn(instance, `enable=true&reason=${encodeURIComponent(`${OUR_REASON}: ${name} was down`)}`);
			}
		},
		async seen(name, state: RouteState) {
			const found = await instancesOf(name);
			if (state !== 'in') {
				if (found.length === 0) return 'the service does not list it';
				return found.every(({ maintenance }) => maintenance !== 'none') ? `maintenance mode (${found.map(({ reason }) => reason).join(', ')})` : null;
			}
			if (found.length === 0 || found.some(({ maintenance }) => maintenance === 'ours')) return null;
			const theirs = found.find(({ maintenance }) => maintenance === 'theirs');
			return theirs ? `not ours to bring in: maintenance mode of somebody else (${theirs.reason})` : 'listed without maintenance mode';
		},
	};
};
