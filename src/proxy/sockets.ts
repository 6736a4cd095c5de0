import { connect, isIP, type ListenOptions, type Server, Socket } from 'node:net';
import type { RawHandle, RawHandles } from '../platform/raw-handles.js';
import type { Peer } from './peer.js';
import { RawPeer } from './raw-peer.js';
import { ReadBuffer } from './read-buffers.js';
import { asUnix } from './unix-socket.js';

/** Hears what was read. The view is valid only during the call. False: read no more until `resume`. */
export type Reader = (view: Uint8Array) => boolean;

/** What a Socket is told about its read buffer. */
const onreadInto = (buffer: ReadBuffer, read: Reader) => {
	let given: Uint8Array | null = null;
	return {
		/** Asked for at the start and after every read; undefined: as before. */
		buffer: (): Uint8Array => {
			if (given === buffer.bytes) return undefined as never;
			given = buffer.bytes;
			return given;
		},
		callback: (n: number): boolean => {
			const more = read(buffer.bytes.subarray(0, n));
			buffer.fit(n, more);
			return more;
		},
	};
};

/** On the socket itself: a WeakMap of this many sockets makes each garbage collection slower. */
const READ_BUFFER = Symbol('read buffer');
type Buffered = Socket & { [READ_BUFFER]?: ReadBuffer };

const buffered = (socket: Socket, buffer: ReadBuffer): Socket => {
	(socket as Buffered)[READ_BUFFER] = buffer;
	return socket.on('close', () => process.nextTick(() => buffer.giveBack(false)));
};

/** When it is closed. Only a buffer that no write refers to may come back. */
export const returnBuffer = (socket: Peer): void => {
	if (socket instanceof RawPeer) socket.returnBuffer();
	else (socket as Peer & Pick<Buffered, typeof READ_BUFFER>)[READ_BUFFER]?.giveBack(true);
};

interface Handle {
	useUserBuffer?: unknown;
	setNoDelay?(on: boolean): unknown;
	/** A unix socket has none. */
	reset?: unknown;
}
type SocketOptions = ConstructorParameters<typeof Socket>[0];

const PAUSED = { allowHalfOpen: true, pauseOnCreate: true };

const around = (handle: Handle, read: Reader): Socket => {
	const buffer = new ReadBuffer();
	const socket = buffered(new Socket({ handle, onread: onreadInto(buffer, read), ...PAUSED } as SocketOptions), buffer);
	return handle.reset ? socket : asUnix(socket);
};

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
	inside._handle = null;
	const socket = around(handle, read);
	// The husk is destroyed so that the server stops counting it.
	accepted.destroy();
	return socket;
};

/** A connection that has just been accepted; becomes a paused peer once it is known who reads it: one of Node's Sockets if TLS is to stand on it. */
export type Accepted = (read: Reader, as?: 'socket') => Peer;

/**
 * Hears of the connections of a listening server before Sockets are built around them, which spares half of their cost;
 * where the system does not offer that, after. With `raw` none is built at all. The server no longer counts them. Create
 * it with `pauseOnConnect`, `allowHalfOpen` and `noDelay`.
 */
export const accepting = (server: Server, take: (accepted: Accepted) => void, raw: RawHandles | null = null): void => {
	const inside = (server as unknown as { _handle: { onconnection?: unknown } | null })._handle;
	if (!inside || typeof inside.onconnection !== 'function') {
		server.on('connection', (socket: Socket) => take((read) => adopt(socket, read)));
		return;
	}
	inside.onconnection = (status: number, handle?: Handle) => {
		if (status !== 0 || !handle) return;
		const socket: Accepted = (read) => {
			handle.setNoDelay?.(true);
			return handle.useUserBuffer ? around(handle, read) : plain(new Socket({ handle, ...PAUSED } as SocketOptions), read);
		};
		if (raw && handle instanceof raw.Tcp) take((read, as) => (as === 'socket' ? socket(read) : new RawPeer(raw, handle as RawHandle, read)));
		else take(socket);
	};
};

/** Connects to an IP literal, to whatever a name resolves to, or to a unix socket; reading begins with the connection. */
export const dial = (to: { host: string; port: number; path?: string }, read: Reader): Socket => {
	const buffer = new ReadBuffer();
	const onread = onreadInto(buffer, read);
	if (to.path !== undefined) return buffered(asUnix(connect({ path: to.path, allowHalfOpen: true, onread })), buffer);
	const { host, port } = to;
	return buffered(connect({ host, port, noDelay: true, allowHalfOpen: true, autoSelectFamily: isIP(host) === 0, onread }), buffer);
};

/** The same without a Socket, where `raw` is there and no name has to be looked up. */
export const dialPeer = (to: { host: string; port: number; path?: string }, read: Reader, raw: RawHandles | null): Peer => {
	const family = raw && to.path === undefined ? isIP(to.host) : 0;
	return raw && family !== 0 ? RawPeer.dial(raw, to, family as 4 | 6, read) : dial(to, read);
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
