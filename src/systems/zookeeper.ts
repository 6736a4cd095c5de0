import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { usageError } from '../model/errors.js';
import { freePort } from '../platform/ports.js';
import { findProgram } from './program.js';
import { type Server, startServer } from './server.js';

const JARS = '/usr/share/java';

export interface ZookeeperProgram {
	java: string;
	classpath: string;
}

/** Java, and the jars of `DARUMA_ZOOKEEPER` (a folder) or of Debian. Throws exit 2 (E_NOT_FOUND) when one is missing. */
export const findZookeeper = async (): Promise<ZookeeperProgram> => {
	const wanted = process.env.DARUMA_ZOOKEEPER;
	const folder = wanted || JARS;
	const java = await findProgram('java', ['/usr/bin', ...(process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin')] : [])]);
	const jars = wanted ? existsSync(folder) : existsSync(join(folder, 'zookeeper.jar'));
	if (java === undefined || !jars) {
		throw usageError(
			'E_NOT_FOUND',
			java === undefined ? 'ZooKeeper needs java, which was not found in PATH' : `ZooKeeper was not found in ${folder}`,
			'install both (Debian: apt-get install --no-install-recommends default-jre-headless zookeeper), or set DARUMA_ZOOKEEPER to the folder of its jars',
		);
	}
	return { java, classpath: join(folder, '*') };
};

/** `ruok` → `imok`. */
const ruok = (host: string, port: number): Promise<void> =>
	new Promise((resolve, reject) => {
		const socket = connect({ host, port });
		let said = '';
		socket.setTimeout(1000, () => socket.destroy(new Error('no answer to ruok')));
		socket.on('connect', () => socket.write('ruok'));
		socket.on('data', (piece) => {
			said += piece.toString('latin1');
		});
		socket.on('error', reject);
		socket.on('close', () => (said === 'imok' ? resolve() : reject(new Error(`it answered ${JSON.stringify(said)} to ruok`))));
	});

/** One server on loopback. Short ticks: a session's timeout is at least two of them (400 ms), and is looked at once a tick. */
export const startZookeeper = async ({ java, classpath }: ZookeeperProgram): Promise<Server> => {
	const host = '127.0.0.1';
	const port = await freePort(host);
	return startServer({
		name: 'zookeeper',
		host,
		port,
		argv(folder) {
			const file = join(folder, 'zoo.cfg');
			mkdirSync(join(folder, 'data'), { recursive: true });
			const lines = [
				'tickTime=200',
				'minSessionTimeout=400',
				`dataDir=${join(folder, 'data')}`,
				`clientPort=${port}`,
				`clientPortAddress=${host}`,
				'admin.enableServer=false',
				'4lw.commands.whitelist=ruok',
			];
			writeFileSync(file, `${lines.join('\n')}\n`);
			const small = ['-Xmx96m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dzookeeper.forceSync=no'];
			return [java, ...small, '-cp', classpath, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', file];
		},
		ready: () => ruok(host, port),
		withinMs: 60_000,
	});
};
