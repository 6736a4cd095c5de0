import { usageError } from '../model/errors.js';
import { freePort } from '../platform/ports.js';
import { findProgram } from './program.js';
import { askRegistry } from './registry-http.js';
import { type Server, startServer } from './server.js';

/** The etcd of `DARUMA_ETCD`, PATH or /usr/bin. Throws exit 2 (E_NOT_FOUND) when there is none. */
export const findEtcd = async (): Promise<string> => {
	const wanted = process.env.DARUMA_ETCD;
	const path = await findProgram(wanted || 'etcd', ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']);
	if (path !== undefined) return path;
	throw usageError(
		'E_NOT_FOUND',
		wanted ? `etcd was not found at ${wanted} (DARUMA_ETCD)` : 'etcd was not found in PATH',
		'install it (Debian: apt-get install etcd-server), or set DARUMA_ETCD to its path',
	);
};

/** One member on loopback. */
export const startEtcd = async (program: string): Promise<Server> => {
	const host = '127.0.0.1';
	const port = await freePort(host);
	const peer = `http://${host}:${await freePort(host)}`;
	const client = `http://${host}:${port}`;
	return startServer({
		name: 'etcd',
		host,
		port,
		argv: (folder) =>
			[
				[program, '--data-dir', `${folder}/data`, '--name', 'n1', '--initial-cluster', `n1=${peer}`],
				['--listen-client-urls', client, '--advertise-client-urls', client],
				['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
				['--heartbeat-interval', '50', '--election-timeout', '250'],
			].flat(),
		async ready() {
			const { body } = await askRegistry({ method: 'GET', url: `${client}/health`, timeoutMs: 1000 });
			if (!/"health"\s*:\s*"?true/.test(body)) throw new Error(`its health is ${body.slice(0, 100)}`);
		},
	});
};
