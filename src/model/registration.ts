/** Where the replicas of a test cluster register themselves when they are ready. A secret comes from the environment, never from here. */
export type RegisterSpec = ConsulRegister | ZookeeperRegister | EtcdRegister;

export interface ConsulRegister {
	kind: 'consul';
	/** Of the agent: http://127.0.0.1:8500 */
	url: string;
	service: string;
	/** ttl: the node says itself that it lives. http: the agent asks it. */
	check: 'ttl' | 'http';
	/** The TTL, or how often the agent asks. */
	ttlMs: number;
	/** What the agent asks for. */
	path: string;
}

export const ZOOKEEPER_LAYOUTS = ['curator', 'serverset', 'dubbo', 'plain'] as const;
export interface ZookeeperRegister {
	kind: 'zookeeper';
	/** host:port, several with commas. */
	hosts: string;
	path: string;
	layout: (typeof ZOOKEEPER_LAYOUTS)[number];
	sessionMs: number;
}

export interface EtcdRegister {
	kind: 'etcd';
	/** Of a member: http://127.0.0.1:2379 */
	url: string;
	prefix: string;
	leaseMs: number;
}

export const REGISTRIES: readonly RegisterSpec['kind'][] = ['consul', 'zookeeper', 'etcd'];

/** The registration as a source of endpoints. */
export const sourceOf = (spec: RegisterSpec): string => {
	if (spec.kind === 'zookeeper') return `zk://${spec.hosts}${spec.path}`;
	const { protocol, host } = new URL(spec.url);
	const tls = protocol === 'https:';
	const port = /:\d+$/.test(host) ? '' : tls ? ':443' : ':80';
	return spec.kind === 'consul'
		? `consul://${host}${port}/${encodeURIComponent(spec.service)}${tls ? '?tls' : ''}`
		: `etcd://${host}${port}/${encodeURIComponent(spec.prefix)}${tls ? '?tls' : ''}`;
};
