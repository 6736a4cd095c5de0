import { usageError } from '../model/errors.js';
import { freePort } from '../platform/ports.js';
import { findProgram, type Program, runToEnd } from './program.js';
import { askRegistry } from './registry-http.js';
import { type Server, startServer } from './server.js';

/** The consul of `DARUMA_CONSUL` or PATH. Throws exit 2 (E_NOT_FOUND) when there is none. */
export const findConsul = async (): Promise<Program> => {
	const wanted = process.env.DARUMA_CONSUL;
	const path = await findProgram(wanted || 'consul', ['/usr/local/bin', '/opt/homebrew/bin']);
	if (path === undefined) {
		throw usageError(
			'E_NOT_FOUND',
			wanted ? `consul was not found at ${wanted} (DARUMA_CONSUL)` : 'consul was not found in PATH',
			'Debian has no package of it: take the one of its makers, or build it with Go (docs/registries.md), and set DARUMA_CONSUL to its path',
		);
	}
	const { output } = await runToEnd(path, ['version']);
	return { path, version: /Consul v([\d.]+)/.exec(output)?.[1] ?? 'unknown' };
};

/** One agent in its development mode (a server that keeps everything in memory), on loopback; only HTTP and what it must have itself listen. */
export const startConsul = async ({ path }: Program): Promise<Server> => {
	const host = '127.0.0.1';
	const port = await freePort(host);
	const [server, serf] = [await freePort(host), await freePort(host)];
	return startServer({
		name: 'consul',
		host,
		port,
		argv: () =>
			[
				[path, 'agent', '-dev', '-bind', host, '-client', host, '-http-port', String(port), '-dns-port', '-1', '-grpc-port', '-1', '-grpc-tls-port', '-1'],
				['-server-port', String(server), '-serf-lan-port', String(serf), '-serf-wan-port', '-1', '-log-level', 'warn'],
				['-hcl', 'disable_update_check = true'],
			].flat(),
		async ready() {
			const { status, body } = await askRegistry({ method: 'GET', url: `http://${host}:${port}/v1/status/leader`, timeoutMs: 1000 });
			if (status !== 200 || !/:\d+/.test(body)) throw new Error(`no leader yet: ${body.slice(0, 100)}`);
			// The agent itself must be in its catalog before services can be asked for.
			const nodes = await askRegistry({ method: 'GET', url: `http://${host}:${port}/v1/catalog/nodes`, timeoutMs: 1000 });
			if (!nodes.body.includes('"Node"')) throw new Error('the agent has not registered itself yet');
		},
		withinMs: 60_000,
	});
};
