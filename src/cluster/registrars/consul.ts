import { hostPort } from '../../model/endpoint.js';
import type { ConsulRegister } from '../../model/registration.js';
import { askRegistry } from '../../systems/registry-http.js';
import { LEAVE_MS, type Registrant, type RegistrarKind, Repeated } from './registrar.js';

/** One entry per node, whatever its life: who comes back takes its own place again. */
const idOf = ({ run, name }: Registrant): string => `daruma-${run}-${name}`;

const put = async ({ url }: ConsulRegister, path: string, timeoutMs: number, body?: object): Promise<number> => {
	const token = process.env.CONSUL_HTTP_TOKEN;
	const { status, body: said } = await askRegistry({
		method: 'PUT',
		url: `${url.replace(/\/+$/, '')}/v1/agent/${path}`,
		headers: { ...(token && { 'x-consul-token': token }), 'content-type': 'application/json' },
		...(body && { body: JSON.stringify(body) }),
		timeoutMs,
	});
	if (status !== 200 && status !== 404) throw new Error(`Consul at ${new URL(url).host} answered ${status}: ${said.trim().slice(0, 200)}`);
	return status;
};

/**
 * A service with a TTL that the node itself keeps alive, or with a check by HTTP that the agent does. A dead one is
 * critical: it stays in the catalog, and is no longer given to who asks for passing ones. Consul forgets it after a minute.
 */
export const consul: RegistrarKind<ConsulRegister> = {
	open({ spec, who, clock, log }) {
		const id = idOf(who);
		const seconds = `${Math.max(1, spec.ttlMs)}ms`;
		const check =
			spec.check === 'ttl'
				? { TTL: seconds }
				: {
						HTTP: `http://${hostPort(who)}${spec.path}`,
						Interval: seconds,
						Timeout: seconds,
						// Requests with such an id count nowhere.
						Header: { 'x-daruma-id': ['probe-consul'] },
						Status: 'passing',
					};
		const timeoutMs = Math.max(1000, spec.ttlMs);
		let known = false;
		const register = async (): Promise<void> => {
			await put(spec, 'service/register?replace-existing-checks=true', timeoutMs, {
				ID: id,
				Name: spec.service,
				Address: who.host,
				Port: who.port,
				Meta: { 'daruma-run': who.run, 'daruma-node': who.name },
				Check: { CheckID: id, Name: 'the node itself', DeregisterCriticalServiceAfter: '1m', ...check },
			});
			known = true;
		};
		const repeated = new Repeated({ clock, log }, spec.ttlMs / 3, async () => {
			if (!known) await register();
			if (spec.check === 'http') {
				known =
					(await askRegistry({ method: 'GET', url: `${spec.url.replace(/\/+$/, '')}/v1/agent/service/${id}`, headers: tokenOf(), timeoutMs })).status === 200;
				if (!known) await register();
			} else if ((await put(spec, `check/pass/${id}`, timeoutMs)) === 404) {
				// The agent was restarted without its memory, or had forgotten us after a minute.
				await register();
				await put(spec, `check/pass/${id}`, timeoutMs);
			}
		});
		return {
			registered: repeated.registered,
			get trouble() {
				return repeated.trouble;
			},
			async leave() {
				repeated.stop();
				await put(spec, `service/deregister/${id}`, LEAVE_MS).catch((error: Error) => log(error.message));
			},
		};
	},
	async sweep(spec, left) {
		await Promise.allSettled(left.map((who) => put(spec, `service/deregister/${idOf(who)}`, LEAVE_MS)));
	},
};

const tokenOf = (): Record<string, string> => (process.env.CONSUL_HTTP_TOKEN ? { 'x-consul-token': process.env.CONSUL_HTTP_TOKEN } : {});
