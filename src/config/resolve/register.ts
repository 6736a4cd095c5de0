import type { RegisterSpec } from '../../model/registration.js';
import * as defaults from '../defaults.js';
import type { File } from '../schema/index.js';

type Given = NonNullable<NonNullable<File['cluster']>['register']>;

export const resolveRegister = ({ consul, zookeeper, etcd }: Given): RegisterSpec => {
	if (consul) {
		const { ttl, ...rest } = consul;
		return { ...defaults.consulRegister(), ...rest, ...(ttl !== undefined && { ttlMs: ttl }) };
	}
	if (zookeeper) {
		const { session, ...rest } = zookeeper;
		return { ...defaults.zookeeperRegister(), ...rest, ...(session !== undefined && { sessionMs: session }) };
	}
	const { lease, ...rest } = etcd as NonNullable<Given['etcd']>;
	return { ...defaults.etcdRegister(), ...rest, ...(lease !== undefined && { leaseMs: lease }) };
};
