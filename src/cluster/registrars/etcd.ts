import { hostPort } from '../../model/endpoint.js';
import type { EtcdRegister } from '../../model/registration.js';
import { askRegistry } from '../../systems/registry-http.js';
import { toBase64 } from '../../wire/etcd.js';
import { LEAVE_MS, type Registrant, type RegistrarKind, Repeated } from './registrar.js';

const keyOf = ({ prefix }: EtcdRegister, { run, name }: Registrant): string => `${prefix.replace(/\/+$/, '')}/${run}-${name}`;

const post = async ({ url }: EtcdRegister, what: string, timeoutMs: number, body: object): Promise<Record<string, unknown>> => {
	const headers = { 'content-type': 'application/json' };
	const { status, body: said } = await askRegistry({
		method: 'POST',
		url: `${url.replace(/\/+$/, '')}/v3/${what}`,
		headers,
		body: JSON.stringify(body),
		timeoutMs,
	});
	if (status !== 200) throw new Error(`etcd at ${new URL(url).host} answered ${status}: ${said.trim().slice(0, 200)}`);
	return JSON.parse(said) as Record<string, unknown>;
};

/** A key under a lease, which the node keeps alive; etcd takes both away when it no longer does. Leases are whole seconds. */
export const etcd: RegistrarKind<EtcdRegister> = {
	open({ spec, who, clock, log }) {
		const seconds = Math.max(1, Math.round(spec.leaseMs / 1000));
		const timeoutMs = Math.max(1000, spec.leaseMs);
		let lease: string | null = null;
		const repeated = new Repeated({ clock, log }, (seconds * 1000) / 3, async () => {
			if (lease !== null) {
				const { result } = await post(spec, 'lease/keepalive', timeoutMs, { ID: lease });
				// A lease that has ended is answered with no time left.
				if (Number((result as { TTL?: unknown } | undefined)?.TTL ?? 0) > 0) return;
				lease = null;
				log('the lease has expired: registering anew');
			}
			const { ID } = await post(spec, 'lease/grant', timeoutMs, { TTL: String(seconds) });
			if (typeof ID !== 'string') throw new Error(`etcd at ${new URL(spec.url).host} granted no lease`);
			await post(spec, 'kv/put', timeoutMs, { key: toBase64(keyOf(spec, who)), value: toBase64(hostPort(who)), lease: ID });
			lease = ID;
		});
		return {
			registered: repeated.registered,
			get trouble() {
				return repeated.trouble;
			},
			async leave() {
				repeated.stop();
				if (lease !== null) await post(spec, 'lease/revoke', LEAVE_MS, { ID: lease }).catch((error: Error) => log(error.message));
			},
		};
	},
	async sweep(spec, left) {
		await Promise.allSettled(left.map((who) => post(spec, 'kv/deleterange', LEAVE_MS, { key: toBase64(keyOf(spec, who)) })));
	},
};
