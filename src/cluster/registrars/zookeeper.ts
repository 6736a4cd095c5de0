import type { ZookeeperRegister } from '../../model/registration.js';
import { createParents, type ZookeeperError, ZookeeperSession } from '../../systems/zookeeper-session.js';
import { writeRegistered } from '../../wire/register-layouts.js';
import { LEAVE_MS, type RegistrarKind, Repeated } from './registrar.js';

/** Sessions tell of their own loss: looking again now and then is for what somebody else has deleted. */
const EVERY_MS = 5000;

export const hostsOf = (text: string): { host: string; port: number }[] =>
	text.split(',').map((each) => {
		const at = each.lastIndexOf(':');
		return { host: each.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(each.slice(at + 1)) };
	});

/**
 * An ephemeral node under the path. It lives as long as the node's session: after a kill ZooKeeper takes it away when
 * the session's time is over, after a freeze too, and then a new session creates it again. An older life's node under
 * the same name is replaced, as Curator does.
 */
export const zookeeper: RegistrarKind<ZookeeperRegister> = {
	open({ spec, who, clock, log }) {
		const { child, data, sequential } = writeRegistered(spec.layout, spec.path, who);
		let mine: string | null = null;
		let left = false;
		let wake = (): void => {};
		const create = async (): Promise<void> => {
			const path = `${spec.path}/${child}`;
			await createParents(session, spec.path);
			try {
				mine = await session.create(path, data, { ephemeral: true, sequential });
			} catch (error) {
				if ((error as ZookeeperError).code !== 'NODE_EXISTS') throw error;
				await session.delete(path).catch(() => {});
				mine = await session.create(path, data, { ephemeral: true, sequential });
			}
		};
		const session = new ZookeeperSession(
			{ hosts: hostsOf(spec.hosts), timeoutMs: spec.sessionMs, clock },
			{
				connected(fresh) {
					if (fresh) mine = null;
					// Not inside the session's own reading.
					setImmediate(() => wake());
				},
				disconnected: (why) => log(`ZooKeeper at ${why}`),
				expired() {
					mine = null;
					log('the ZooKeeper session has expired: registering anew');
				},
				changed() {},
			},
		);
		const look = async (): Promise<void> => {
			if (left) return;
			if (mine !== null && !(await session.exists(mine, false))) mine = null;
			if (mine === null) await create();
		};
		// One after the other: two at once would both create, and a sequential name twice.
		let last: Promise<void> = Promise.resolve();
		const begin = (): Repeated =>
			new Repeated({ clock, log: () => {} }, EVERY_MS, () => {
				last = last.then(look, look);
				return last;
			});
		let repeated = begin();
		let registered = (): void => {};
		const first = new Promise<void>((resolve) => {
			registered = resolve;
		});
		void repeated.registered.then(registered);
		wake = () => {
			if (left) return;
			// At once, instead of after the back-off.
			repeated.stop();
			repeated = begin();
			void repeated.registered.then(registered);
		};
		return {
			registered: first,
			get trouble() {
				return repeated.trouble;
			},
			async leave() {
				left = true;
				repeated.stop();
				await Promise.race([session.close(), new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref())]);
			},
		};
	},
	// What is ephemeral goes with its session.
	async sweep() {},
};
