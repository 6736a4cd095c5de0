import type { ClusterSpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import type { File } from '../schema/index.js';
import { resolveProcess } from './process.js';
import { resolveRegister } from './register.js';

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
	...(given?.register && { register: resolveRegister(given.register) }),
});
