import { MonotonicClock, monotonicNs } from '../platform/clock.js';
import { type ZookeeperError, type ZookeeperOptions, ZookeeperSession } from './zookeeper-session.js';

/** The data of one node, read once. Rejects with the server's word (a {@link ZookeeperError}), or with why none answered in time. */
export const readOnce = async (options: Omit<ZookeeperOptions, 'clock'>, path: string): Promise<string> => {
	const clock = new MonotonicClock(monotonicNs());
	let session: ZookeeperSession | undefined;
	let cancel = (): void => {};
	try {
		return await new Promise<string>((resolve, reject) => {
			let why = 'it does not answer';
			cancel = clock.at(options.timeoutMs, () => reject(new Error(`${why} (within ${options.timeoutMs} ms)`)));
			const zk = new ZookeeperSession(
				{ ...options, clock },
				{
					connected: () =>
						setImmediate(() => {
							zk.data(path, false).then(resolve, (error: ZookeeperError) => {
								// A lost connection is made again, and the question asked again.
								if (error.code !== 'CONNECTION_LOSS') reject(error);
							});
						}),
					disconnected(reason) {
						why = reason;
						// Nobody else to ask, and nobody there: waiting would help nobody.
						if (options.hosts.length === 1 && !zk.everConnected) reject(new Error(reason));
					},
					expired() {},
					changed() {},
				},
			);
			session = zk;
		});
	} finally {
		cancel();
		await session?.close();
	}
};
