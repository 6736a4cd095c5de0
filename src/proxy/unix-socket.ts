import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/** What a unix socket has not: an address of its client, and a reset. Its peer sees the end of the stream instead. */
export const asUnix = (socket: Socket): Socket => {
	socket.resetAndDestroy = () => socket.destroy();
	Object.defineProperty(socket, 'remoteAddress', { value: 'unix' });
	return socket;
};

/** Does anybody listen there? A full queue (EAGAIN) is somebody. The kernel says so at once: there is nothing to time. */
const isLive = (path: string): Promise<boolean> =>
	new Promise((resolve) => {
		const asked = connect({ path });
		const answer = (live: boolean): void => {
			asked.destroy();
			resolve(live);
		};
		asked.once('connect', () => answer(true));
		asked.once('error', (error: NodeJS.ErrnoException) => answer(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
	});

const isSocket = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;

/** Only this user may connect: from the first moment where the process may set its umask, else from the next one. */
const bind = (server: Server, path: string): Promise<void> =>
	new Promise((resolve, reject) => {
		const mask = isMainThread ? process.umask(0o177) : null;
		server.once('error', reject);
		// The socket is made during this call.
		server.listen({ path, backlog: 511, exclusive: true }, () => {
			server.off('error', reject);
			resolve();
		});
		if (mask !== null) process.umask(mask);
		else if (server.listening) chmodSync(path, 0o600);
	});

/**
 * Listens on a unix socket of mode 0600, which is removed when the server closes. A socket that a dead process left behind is
 * replaced; one that somebody listens on, and anything that is no socket, is EADDRINUSE. Rejects with the system's error.
 */
export const listenUnix = async (server: Server, path: string): Promise<void> => {
	try {
		await bind(server, path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !isSocket(path) || (await isLive(path))) throw error;
		unlinkSync(path);
		await bind(server, path);
	}
};
