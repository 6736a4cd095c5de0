import type { ClusterSpec, LeaderSpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import type { File } from '../schema/index.js';
import { resolveProcess } from './process.js';

export const resolveCluster = (given: File['cluster'], folder: string): ClusterSpec => ({
	replicas: given?.replicas ?? defaults.REPLICAS,
	replica: given?.command
		? { kind: 'command', argv: given.command, ...resolveProcess(given, folder) }
		: {
				...defaults.replica(),
				...(given?.builtin?.http.serviceMs !== undefined && { serviceMs: given.builtin.http.serviceMs }),
				...(given?.builtin?.http.mesh && { mesh: true }),
			},
	tap: true,
	...(given?.leader && { leader: resolveLeader(given.leader, folder) }),
});

const resolveLeader = ({ http, status, body, exec }: NonNullable<NonNullable<File['cluster']>['leader']>, folder: string): LeaderSpec =>
	exec ? { kind: 'exec', argv: exec, cwd: folder } : { kind: 'http', path: http as string, status: status ?? 200, body: body ?? null };
