import { isAbsolute, resolve as resolvePath } from 'node:path';
import type { ClientSpec, RetrySpec, SubjectSpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import type { Reader } from '../reader.js';
import type { File } from '../schema/index.js';
import { resolveGrpcJs, resolveUndici } from './libraries.js';
import { resolveProcess } from './process.js';

/** `default`, or the absolute path of a template. */
export const configPath = (written: string, folder: string): string =>
	written === 'default' ? written : isAbsolute(written) ? written : resolvePath(folder, written);

export const resolveSubject = (given: File['subject'], reader: Reader, folder: string, replicas: number): SubjectSpec => {
	if (given?.nginx) return { kind: 'nginx', config: configPath(given.nginx, folder) };
	if (given?.haproxy) return { kind: 'haproxy', config: configPath(given.haproxy, folder) };
	if (given?.command) return { kind: 'command', argv: given.command, ...resolveProcess(given, folder) };
	if (given?.grpcJs) return resolveGrpcJs(given.grpcJs, reader, folder);
	if (given?.undici) return resolveUndici(given.undici, folder);
	const client = given?.client;
	const made: ClientSpec = defaults.client();
	if (!client) return made;
	for (const node of Object.keys(client.weights ?? {})) {
		if (Number(node.slice(1)) > replicas) throw reader.wrongKey(client.weights!, node, `a node from n1 to n${replicas}`, node);
	}
	const { retry, ejection, slowStart, ...rest } = client;
	return {
		...made,
		...rest,
		retry: retry === null ? null : { ...(made.retry as RetrySpec), ...retry, budget: resolveBudget(retry?.budget) },
		ejection: ejection === null ? null : { ...defaults.ejection(), ...ejection },
		slowStart: slowStart ? { ...defaults.slowStart(), ...slowStart } : null,
	};
};

const resolveBudget = (given: Partial<NonNullable<RetrySpec['budget']>> | null | undefined): RetrySpec['budget'] =>
	given === null ? null : { ...(defaults.retry().budget as NonNullable<RetrySpec['budget']>), ...given };
