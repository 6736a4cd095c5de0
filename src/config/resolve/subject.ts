import { isAbsolute, resolve as resolvePath } from 'node:path';
import type { ClientSpec, ClusterSpec, RetrySpec, SubjectSpec, TlsSpec } from '../../model/plan.js';
import { destinationOf } from '../../subjects/destination.js';
import * as defaults from '../defaults.js';
import type { Reader } from '../reader.js';
import type { File } from '../schema/index.js';
import { resolveGrpcJs, resolveUndici } from './libraries.js';
import { resolveProcess } from './process.js';

/** `default`, or the absolute path of a template. */
export const configPath = (written: string, folder: string): string =>
	written === 'default' ? written : isAbsolute(written) ? written : resolvePath(folder, written);

/** `own`: the traffic is a command of the user's, so the built-in client, which lives in daruma's, is out of the question. */
export const resolveSubject = (given: File['subject'], reader: Reader, folder: string, { replicas, ports }: ClusterSpec, own: boolean): SubjectSpec => {
	const secure = given?.tls ? { tls: resolveTls(given, given.tls, reader, folder) } : {};
	if (given?.nginx) return { kind: 'nginx', config: configPath(given.nginx, folder), ...secure };
	if (given?.haproxy) return { kind: 'haproxy', config: configPath(given.haproxy, folder), ...secure };
	if (given?.command) return { kind: 'command', argv: given.command, ...resolveProcess(given, folder), ...secure };
	if (given?.url) return resolveUrl(given, given.url, secure, reader, ports);
	if (given?.tls)
		throw reader.wrongKey(given, 'tls', 'tls only with a subject that listens: the built-in client asks the nodes in plain text', 'it beside client');
	const inner = (['client', 'grpcJs', 'undici'] as const).find((kind) => given?.[kind]);
	if (own && given && inner)
		throw reader.wrongKey(given, inner, "a subject that listens, or none, beside traffic.command: a client is part of daruma's own traffic", inner);
	if (own) return { kind: 'none' };
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

type GivenSubject = NonNullable<File['subject']>;

const resolveTls = (given: GivenSubject, tls: TlsSpec, reader: Reader, folder: string): TlsSpec => {
	if ((tls.cert === undefined) !== (tls.key === undefined))
		throw reader.wrongKey(given, 'tls', 'cert and key together', tls.cert === undefined ? 'key alone' : 'cert alone');
	const files = (['ca', 'cert', 'key'] as const).flatMap((name) => (tls[name] === undefined ? [] : [[name, resolvePath(folder, tls[name])]]));
	return { ...tls, ...Object.fromEntries(files) };
};

const resolveUrl = (given: GivenSubject, url: string, secure: { tls?: TlsSpec }, reader: Reader, ports: number[] | undefined): SubjectSpec => {
	if (!ports)
		throw reader.wrongKey(
			given,
			'url',
			'cluster.ports beside it, so that the configuration of your gateway can name the nodes',
			'none',
			'cluster: { ports: [9001, 9002, 9003] }',
		);
	try {
		destinationOf({ url, ...secure });
	} catch (error) {
		const { message, hint } = error as { message: string; hint?: string };
		const found = /expected ([\s\S]*), found ([\s\S]*)$/.exec(message) ?? /expected ([\s\S]*)$/.exec(message);
		throw reader.wrongKey(given, 'url', found?.[1] ?? message, found?.[2] ?? 'another one', hint);
	}
	return { kind: 'url', url, ...secure };
};

const resolveBudget = (given: Partial<NonNullable<RetrySpec['budget']>> | null | undefined): RetrySpec['budget'] =>
	given === null ? null : { ...(defaults.retry().budget as NonNullable<RetrySpec['budget']>), ...given };
