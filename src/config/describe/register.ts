import type { RegisterSpec } from '../../model/registration.js';
import { type Tree, time } from './tree.js';

export const registerTree = (spec: RegisterSpec): Tree => {
	if (spec.kind === 'consul') {
		const { kind: _, ttlMs, ...rest } = spec;
		return { consul: { ...rest, ttl: time(ttlMs) } };
	}
	if (spec.kind === 'zookeeper') {
		const { kind: _, sessionMs, ...rest } = spec;
		return { zookeeper: { ...rest, session: time(sessionMs) } };
	}
	const { kind: _, leaseMs, ...rest } = spec;
	return { etcd: { ...rest, lease: time(leaseMs) } };
};
