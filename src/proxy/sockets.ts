import { connect, isIP, type ListenOptions, type Server, Socket } from 'node:net';
import type { Peer } from './peer.js';
import { asUnix } from './unix-socket.js';

/** Hears what was read. The view is valid only during the call. False: read no more until `resume`. */
export type Reader = (view: Uint8Array) => boolean;

/** Most sockets carry little; one that fills its buffer gets a large one, which saves system calls. */
const SMALL = 16_384;
const LARGE = 262_144;
const KEPT = 256;
const small: Uint8Array[] = [];
const large: Uint8Array[] = [];

/** A read buffer per socket, reused for every read: no garbage where streams allocate. */
class ReadBuffer {
	bytes: Uint8Array = small.pop() ?? Buffer.allocUnsafeSlow(SMALL);
	private readonly read: Reader;
	private given = false;
	private full = false;

	constructor(read: Reader) {
		this.read = read;
	}
	/** Asked for by the socket at its start and after every read; undefined: as before. */
	readonly buffer = (): Uint8Array => {
		if (this.given && !this.full) return undefined as never;
		this.given = true;
		// A write may still refer to the old one: it is left to the garbage collector.
		if (this.full && this.bytes.length === SMALL) this.bytes = large.pop() ?? Buffer.allocUnsafeSlow(LARGE);
		this.full = false;
		return this.bytes;
	};
	readonly callback = (n: number): boolean => {
		const { bytes } = this;
		this.full = n === bytes.length && n === SMALL;
		return this.read(bytes.subarray(0, n));
	};
}

/** On the socket itself: a WeakMap of this many sockets makes each garbage collection slower. */
const READ_BUFFER = Symbol('read buffer');
type Buffered = Socket & { [READ_BUFFER]?: ReadBuffer | undefined };

/** Only a buffer that no write refers to may come back. */
export const returnBuffer = (socket: Peer): void => {
	const holder = socket as Peer & Pick<Buffered, typeof READ_BUFFER>;
	const buffer = holder[READ_BUFFER]?.bytes;
	if (!buffer) return;
	holder[READ_BUFFER] = undefined;
	const pool = buffer.length === LARGE ? large : small;
	if (pool.length < KEPT) pool.push(buffer);
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
	const onread = new ReadBuffer(read);
	const socket = new Socket({ handle, onread, ...PAUSED } as SocketOptions);
	(socket as Buffered)[READ_BUFFER] = onread;
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

/** A connection that has just been accepted; becomes a paused socket once it is known who reads it. */
export type Accepted = (read: Reader) => Peer;

/**
 * Hears of the connections of a listening server before Sockets are built around them, which spares half of their cost;
 * where the system does not offer that, after. The server no longer counts them. Create it with `pauseOnConnect`,
 * `allowHalfOpen` and `noDelay`.
 */
export const accepting = (server: Server, take: (accepted: Accepted) => void): void => {
	const inside = (server as unknown as { _handle: { onconnection?: unknown } | null })._handle;
	if (!inside || typeof inside.onconnection !== 'function') {
		server.on('connection', (socket: Socket) => take((read) => adopt(socket, read)));
		return;
	}
	inside.onconnection = (status: number, handle?: Handle) => {
		if (status !== 0 || !handle) return;
		handle.setNoDelay?.(true);
		take((read) => (handle.useUserBuffer ? around(handle, read) : plain(new Socket({ handle, ...PAUSED } as SocketOptions), read)));
	};
};

/** Connects to an IP literal, to whatever a name resolves to, or to a unix socket; reading begins with the connection. */
export const dial = (to: { host: string; port: number; path?: string }, read: Reader): Socket => {
	const onread = new ReadBuffer(read);
	const socket =
		to.path !== undefined
			? asUnix(connect({ path: to.path, allowHalfOpen: true, onread }))
			: connect({
					host: to.host,
					port: to.port,
					noDelay: true,
					allowHalfOpen: true,
					autoSelectFamily: isIP(to.host) === 0,
					onread,
				});
	(socket as Buffered)[READ_BUFFER] = onread;
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
