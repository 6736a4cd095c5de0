import type { ClusterSpec } from '../../model/plan.js';
import { command } from './process.js';
import type { Tree } from './tree.js';

export const cluster = (cluster: ClusterSpec): Tree => ({
	replicas: cluster.replicas,
	...(cluster.ports && { ports: cluster.ports }),
	...(cluster.replica.kind === 'http'
		? { builtin: { http: { serviceMs: cluster.replica.serviceMs, ...(cluster.replica.mesh && { mesh: true }) } } }
		: command(cluster.replica)),
});
