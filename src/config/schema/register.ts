import { ZOOKEEPER_LAYOUTS } from '../../model/registration.js';
import { duration, text } from '../scalars.js';
import { object, oneKey, optional, required, word } from '../shape.js';
import { path } from './process.js';

const url = text(
	'the URL of an agent or member, without user or path, such as http://127.0.0.1:8500',
	'^https?://(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9_.-]+)(:\\d{1,5})?/?$',
);

export const register = oneKey(
	{
		consul: optional(
			object({
				url: optional(url, 'of the agent; its token comes from CONSUL_HTTP_TOKEN'),
				service: required(text('the name of a service', '^[A-Za-z0-9][A-Za-z0-9_.-]*$'), 'under which the replicas are found'),
				check: optional(word(['ttl', 'http']), 'ttl: the replica says that it lives; http: the agent asks it'),
				ttl: optional(duration(1000), 'the TTL, or how often the agent asks'),
				path: optional(path, 'what the agent asks for, with check: http'),
			}),
			'a service of a Consul agent',
		),
		zookeeper: optional(
			object({
				hosts: optional(text('host:port, several with commas', '^[A-Za-z0-9_.:,\\[\\]-]+:\\d{1,5}$'), 'of the ensemble'),
				path: required(text('a path such as /services/web', '^(/[^/\\s]+)+$'), 'whose children the replicas become'),
				layout: optional(word(ZOOKEEPER_LAYOUTS), 'how a replica is written down'),
				session: optional(duration(200), "the session's timeout"),
			}),
			'ephemeral nodes of ZooKeeper',
		),
		etcd: optional(
			object({
				url: optional(url, 'of a member'),
				prefix: required(text('a prefix of keys such as services/web', '^[!-~]+$'), 'under which each replica has a key'),
				lease: optional(duration(1000), 'of each key; whole seconds'),
			}),
			'keys of etcd, each under a lease',
		),
	},
	['consul', 'zookeeper', 'etcd'],
);
