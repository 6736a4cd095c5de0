import { connect, type ListenOptions, type Server, Socket } from 'node:net';

/** Hears what was read. The view is valid only during the call. False: read no more until `resume`. */
export type Reader = (view: Uint8Array) => boolean;

const SIZE = 65_536;
const pool: Uint8Array[] = [];

/** A read buffer per socket, reused for every read: four system calls and no garbage where streams allocate. */
const takeBuffer = (): Uint8Array => pool.pop() ?? Buffer.allocUnsafeSlow(SIZE);
/** Only a buffer that no write refers to may come back. */
export const returnBuffer = (socket: Socket): void => {
	const buffer = buffers.get(socket);
	buffers.delete(socket);
	if (buffer && pool.length < 256) pool.push(buffer);
};
const buffers = new WeakMap<Socket, Uint8Array>();

interface Handle {
	useUserBuffer?: unknown;
}

const plain = (socket: Socket, read: Reader): Socket => {
	socket.on('data', (view) => {
		if (!read(view as Uint8Array)) socket.pause();
	});
	return socket;
};

/**
 * Takes over a socket that a server accepted (with `pauseOnConnect`), paused. `onread` is not offered for accepted
 * sockets, so a new Socket is built around the handle; where that is not possible, it stays a plain stream.
 */
export const adopt = (accepted: Socket, read: Reader): Socket => {
	const inside = accepted as unknown as { _handle: Handle | null };
	const handle = inside._handle;
	if (!handle || typeof handle.useUserBuffer !== 'function') return plain(accepted, read).pause();
	const buffer = takeBuffer();
	inside._handle = null;
	const options = {
		handle,
		allowHalfOpen: true,
		pauseOnCreate: true,
		onread: { buffer, callback: (n: number) => read(buffer.subarray(0, n)) },
	};
	const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
	// The husk is destroyed so that the server stops counting it.
	accepted.destroy();
	buffers.set(socket, buffer);
	return socket;
};

/** Connects to an IP literal; reading begins with the connection. */
export const dial = (to: { host: string; port: number }, read: Reader): Socket => {
	const buffer = takeBuffer();
	const socket = connect({
		host: to.host,
		port: to.port,
		noDelay: true,
		allowHalfOpen: true,
		autoSelectFamily: false,
		onread: { buffer, callback: (n: number) => read(buffer.subarray(0, n)) },
	});
	buffers.set(socket, buffer);
	return socket;
};

/** Resolves when it listens; rejects with the system's error. */
export const listen = (server: Server, at: ListenOptions): Promise<void> =>
	new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen({ backlog: 511, exclusive: true, ...at }, () => {
			server.off('error', reject);
			resolve();
		});
	});
