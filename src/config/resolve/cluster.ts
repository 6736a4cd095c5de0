import type { ClusterSpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import type { Reader } from '../reader.js';
import type { File } from '../schema/index.js';
import { resolveProcess } from './process.js';

export const resolveCluster = (given: File['cluster'], reader: Reader, folder: string): ClusterSpec => ({
	replicas: given?.replicas ?? given?.ports?.length ?? defaults.REPLICAS,
	...(given?.ports && { ports: resolvePorts(given.ports, given, reader) }),
	replica: given?.command
		? { kind: 'command', argv: given.command, ...resolveProcess(given, folder) }
		: {
				...defaults.replica(),
				...(given?.builtin?.http.serviceMs !== undefined && { serviceMs: given.builtin.http.serviceMs }),
				...(given?.builtin?.http.mesh && { mesh: true }),
			},
	tap: true,
});

const resolvePorts = (ports: number[], given: NonNullable<File['cluster']>, reader: Reader): number[] => {
	const { replicas = ports.length } = given;
	if (ports.length !== replicas) throw reader.wrongKey(given, 'ports', `as many ports as replicas, ${replicas}`, `${ports.length}`);
	const twice = ports.find((port, i) => ports.indexOf(port) !== i);
	if (twice !== undefined) throw reader.wrongKey(given, 'ports', 'a port of its own for each node', `${twice} twice`);
	return ports;
};
