import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { GetOptions } from './http-get.js';

/** How to reach the API server. `kubectl`: only kubectl can, since its user is made by a plugin. */
export type Access =
	| { server: URL; headers: Record<string, string>; tls: NonNullable<GetOptions['tls']>; where: string }
	| { kubectl: string[]; where: string };

export interface AccessOptions {
	kubeconfig?: string | undefined;
	context?: string | undefined;
	server?: string | undefined;
	via?: string | undefined;
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const text = (path: string): string => {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new Error(`${path}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
	}
};

/** What a pod is given. The token is read again each time: it is renewed on disk. */
const inCluster = (env: NodeJS.ProcessEnv, account = ACCOUNT): Access => {
	const host = env.KUBERNETES_SERVICE_HOST ?? '';
	const server = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? '443'}`);
	return {
		server,
		headers: { authorization: `Bearer ${text(join(account, 'token')).trim()}` },
		tls: { ca: text(join(account, 'ca.crt')) },
		where: 'the cluster we run in',
	};
};

interface Named {
	name?: string;
	cluster?: Record<string, unknown>;
	user?: Record<string, unknown>;
	context?: { cluster?: string; user?: string };
}

/** One entry of a list of a kubeconfig. */
const pick = (file: string, list: unknown, what: string, name: string | undefined): Named => {
	const found = Array.isArray(list) ? (list as Named[]).find((each) => each?.name === name) : undefined;
	if (!found) throw new Error(`${file}: there is no ${what} ${JSON.stringify(name ?? '')}`);
	return found;
};

/** A kubeconfig's context: server, CA, and a bearer token, a client certificate or a password. Throws what is missing. */
export const readKubeconfig = (file: string, content: string, context?: string): Access => {
	const config = (parse(content) ?? {}) as { 'current-context'?: string; contexts?: unknown; clusters?: unknown; users?: unknown };
	const name = context ?? config['current-context'];
	const { context: chosen } = pick(file, config.contexts, 'context', name);
	const { cluster = {} } = pick(file, config.clusters, 'cluster', chosen?.cluster);
	const user = chosen?.user ? (pick(file, config.users, 'user', chosen.user).user ?? {}) : {};
	const where = `${file}, context ${name}`;
	if (user.exec || user['auth-provider']) return { kubectl: ['--kubeconfig', file, ...(name ? ['--context', name] : [])], where };
	const pem = (of: Record<string, unknown>, key: string): string | undefined => {
		const data = of[`${key}-data`];
		if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
		return typeof of[key] === 'string' ? text(resolve(dirname(file), of[key])) : undefined;
	};
	if (typeof cluster.server !== 'string' || !URL.canParse(cluster.server)) throw new Error(`${file}: cluster ${chosen?.cluster} has no server`);
	const [ca, cert, key] = [pem(cluster, 'certificate-authority'), pem(user, 'client-certificate'), pem(user, 'client-key')];
	const token = typeof user.tokenFile === 'string' ? text(resolve(dirname(file), user.tokenFile)).trim() : user.token;
	const basic = typeof user.username === 'string' ? Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64') : undefined;
	const authorization = typeof token === 'string' ? `Bearer ${token}` : basic === undefined ? undefined : `Basic ${basic}`;
	const server = new URL(cluster.server);
	const tls = {
		...(ca !== undefined && { ca }),
		...(cert !== undefined && { cert }),
		...(key !== undefined && { key }),
		...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
		...(typeof cluster['tls-server-name'] === 'string' && { servername: cluster['tls-server-name'] }),
	};
	return { server, headers: authorization === undefined ? {} : { authorization: guarded(server, authorization) }, tls, where };
};

/** A secret that goes over the wire in the open is none. */
const guarded = ({ protocol, hostname, host }: URL, authorization: string): string => {
	if (protocol === 'https:' || /^(?:127\.|localhost$|\[::1\]$)/.test(hostname)) return authorization;
	throw new Error(`http://${host} is not encrypted: no token is sent there`);
};

/** Where we are allowed to ask: what the address names, a kubeconfig, or the pod that we run in. Throws what is missing. */
export const findAccess = ({ kubeconfig, context, server, via }: AccessOptions, env: NodeJS.ProcessEnv = process.env): Access => {
	if (server !== undefined) return { server: new URL(server), headers: {}, tls: {}, where: server };
	const named = kubeconfig ?? (env.KUBECONFIG ?? '').split(':').find((path) => path !== '' && existsSync(path));
	if (via === 'kubectl')
		return { kubectl: [...(kubeconfig ? ['--kubeconfig', kubeconfig] : []), ...(context ? ['--context', context] : [])], where: 'kubectl' };
	if (named === undefined && context === undefined && env.KUBERNETES_SERVICE_HOST && existsSync(join(ACCOUNT, 'token'))) return inCluster(env);
	const file = named ?? join(homedir(), '.kube', 'config');
	if (!existsSync(file)) throw new Error(`there is no kubeconfig at ${file}, and this is no pod with a service account`);
	return readKubeconfig(file, text(file), context);
};
