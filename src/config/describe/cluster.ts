import type { ClusterSpec, LeaderSpec } from '../../model/plan.js';
import { command } from './process.js';
import { registerTree } from './register.js';
import type { Tree } from './tree.js';

export const cluster = (cluster: ClusterSpec): Tree => ({
	replicas: cluster.replicas,
	...(cluster.ports && { ports: cluster.ports }),
	...(cluster.replica.kind === 'command'
		? command(cluster.replica)
		: { builtin: { [cluster.replica.kind]: { serviceMs: cluster.replica.serviceMs, ...(cluster.replica.mesh && { mesh: true }) } } }),
	...(cluster.register && { register: registerTree(cluster.register) }),
	...(cluster.leader && { leader: leader(cluster.leader) }),
});

const leader = (spec: LeaderSpec): Tree =>
	spec.kind === 'exec' ? { exec: spec.argv } : { http: spec.path, status: spec.status, ...(spec.body !== null && { body: spec.body }) };
