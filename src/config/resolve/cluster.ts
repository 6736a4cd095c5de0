import type { BuiltinReplica, ClusterSpec, LeaderSpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import type { Reader } from '../reader.js';
import type { File } from '../schema/index.js';
import { resolveProcess } from './process.js';
import { resolveRegister } from './register.js';

/** `kind`: what the replicas speak where the file leaves that open. */
export const resolveCluster = (given: File['cluster'], reader: Reader, folder: string, kind: BuiltinReplica['kind']): ClusterSpec => ({
	replicas: given?.replicas ?? given?.ports?.length ?? defaults.REPLICAS,
	...(given?.ports && { ports: resolvePorts(given.ports, given, reader) }),
	replica: given?.command ? { kind: 'command', argv: given.command, ...resolveProcess(given, folder) } : resolveBuiltin(given?.builtin, kind),
	tap: true,
	...(given?.register && { register: resolveRegister(given.register) }),
	...(given?.leader && { leader: resolveLeader(given.leader, folder) }),
});

const resolveBuiltin = (given: NonNullable<File['cluster']>['builtin'], kind: BuiltinReplica['kind']): BuiltinReplica => {
	const { http, grpc } = given ?? {};
	const serviceMs = (http ?? grpc)?.serviceMs;
	return { ...defaults.replica(grpc ? 'grpc' : http ? 'http' : kind), ...(serviceMs !== undefined && { serviceMs }), ...(http?.mesh && { mesh: true }) };
};

const resolveLeader = ({ http, status, body, exec }: NonNullable<NonNullable<File['cluster']>['leader']>, folder: string): LeaderSpec =>
	exec ? { kind: 'exec', argv: exec, cwd: folder } : { kind: 'http', path: http as string, status: status ?? 200, body: body ?? null };

const resolvePorts = (ports: number[], given: NonNullable<File['cluster']>, reader: Reader): number[] => {
	const { replicas = ports.length } = given;
	if (ports.length !== replicas) throw reader.wrongKey(given, 'ports', `as many ports as replicas, ${replicas}`, `${ports.length}`);
	const twice = ports.find((port, i) => ports.indexOf(port) !== i);
	if (twice !== undefined) throw reader.wrongKey(given, 'ports', 'a port of its own for each node', `${twice} twice`);
	return ports;
};
