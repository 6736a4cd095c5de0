import type { ClusterSpec } from '../../model/plan.js';
import { command } from './process.js';
import { registerTree } from './register.js';
import type { Tree } from './tree.js';

export const cluster = (cluster: ClusterSpec): Tree => ({
	replicas: cluster.replicas,
	...(cluster.replica.kind === 'command'
		? command(cluster.replica)
		: { builtin: { [cluster.replica.kind]: { serviceMs: cluster.replica.serviceMs, ...(cluster.replica.mesh && { mesh: true }) } } }),
	...(cluster.register && { register: registerTree(cluster.register) }),
});
