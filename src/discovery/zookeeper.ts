import { parseDuration } from '../model/duration.js';
import { usageError } from '../model/errors.js';
import { type ZookeeperError, ZookeeperSession } from '../systems/zookeeper-session.js';
import { type Registered, readRegistered } from '../wire/registered.js';
import { BackOff, listedOf, readRegistryAddress } from './registry-entry.js';
import type { SourceKind } from './source.js';

const usage = 'zk://HOST[:PORT][,HOST[:PORT]…]/PATH[?session=10s]';
const SESSION_MS = 10_000;
/** More children than any service has instances: the path is a wrong one. */
const MOST_CHILDREN = 10_000;

const isCode = (error: unknown, ...codes: string[]): boolean => codes.includes((error as ZookeeperError).code);

/**
 * The children of a path, one endpoint each (Curator, Dubbo, server sets, host:port …). Watches fire once, so each
 * reading arms them again before it reads: nothing falls between.
 */
export const zookeeper: SourceKind = {
	usage,
	follow(address, listener, clock) {
		const { hosts, user, password, path: typed, options, shown } = readRegistryAddress(address, 'zk', 2181, usage, ['session']);
		const wrong = (expected: string): Error => usageError('E_SOURCE', `source ${JSON.stringify(shown)}: expected ${expected}`, `write ${usage}`);
		const path = `/${typed.replace(/\/+$/, '')}`;
		if (/\/\/|\/\.\.?(?:\/|$)|\0/.test(path)) throw wrong('a path of ZooKeeper: no empty names, no . or ..');
		const session = options.get('session');
		const timeoutMs = session === null ? SESSION_MS : parseDuration(session);
		if (timeoutMs === undefined || timeoutMs < 200 || timeoutMs > 600_000) throw wrong(`session= a time from 200ms to 10min, found ${JSON.stringify(session)}`);

		const backOff = new BackOff(clock);
		let closed = false;
		let reading = false;
		let stale = false;
		const known = new Map<string, Registered | null>();

		const readChild = async (name: string): Promise<void> => {
			const full = path === '/' ? `/${name}` : `${path}/${name}`;
			try {
				known.set(name, readRegistered(name, await zk.data(full, true)));
			} catch (error) {
				// Gone since it was listed; or not for us to read, while its name may say enough.
				if (isCode(error, 'NO_NODE')) known.delete(name);
				else if (isCode(error, 'NO_AUTH')) known.set(name, readRegistered(name, ''));
				else throw error;
			}
		};
		const readAll = async (): Promise<void> => {
			let names: string[] = [];
			try {
				names = await zk.children(path, true);
			} catch (error) {
				// Nobody has registered there: an answer, and its creation is watched. Created in between: read again.
				if (!isCode(error, 'NO_NODE')) throw error;
				if (await zk.exists(path, true)) stale = true;
			}
			if (names.length > MOST_CHILDREN) throw new Error(`${path} has ${names.length} children: no service has so many instances`);
			for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
			for (let i = 0; i < names.length; i += 64) await Promise.all(names.slice(i, i + 64).map(readChild));
		};
		/** One at a time; what changes meanwhile is read by the next. */
		const read = async (): Promise<void> => {
			stale = true;
			if (reading) return;
			reading = true;
			try {
				while (stale && !closed) {
					stale = false;
					await readAll();
					if (closed || stale) continue;
					backOff.reset();
					const entries = [...known.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, entry]) => (entry === null ? [] : [listedOf(entry)]));
					listener.listed(entries);
				}
			} catch (error) {
				// A lost connection is told by the session itself.
				if (closed || isCode(error, 'CONNECTION_LOSS')) return;
				listener.lost(`ZooKeeper: ${(error as Error).message}`);
				backOff.again(() => void read());
			} finally {
				reading = false;
			}
		};
		const zk = new ZookeeperSession(
			{ hosts, timeoutMs, clock, ...(user !== '' && { digest: `${user}:${password}` }) },
			{
				connected: () => void Promise.resolve().then(read),
				disconnected: (why) => listener.lost(`ZooKeeper at ${why}`),
				expired: () => {},
				changed: () => void read(),
			},
		);
		return {
			async close() {
				closed = true;
				backOff.stop();
				await zk.close();
			},
		};
	},
};
