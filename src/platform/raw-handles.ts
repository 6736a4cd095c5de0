import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** A connection as Node's own Socket holds it, below all streams. Codes are negative errnos of the system, 0 is good. */
export interface RawHandle {
	onread: unknown;
	/** Its user's, as on the requests below: they find whom they serve without a closure or a map. */
	peer?: unknown;
	readonly bytesRead: number;
	/** Bytes that the kernel has not taken. */
	readonly writeQueueSize: number;
	useUserBuffer(bytes: Uint8Array): void;
	readStart(): number;
	readStop(): number;
	writeBuffer(request: RawRequest, bytes: Uint8Array): number;
	shutdown(request: RawRequest): number;
	connect(request: RawRequest, host: string, port: number): number;
	connect6(request: RawRequest, host: string, port: number): number;
	setNoDelay(on: boolean): number;
	getpeername(into: { address?: string; port?: number }): number;
	close(): void;
	/** Closes with RST. After an error the handle cannot be closed any more. */
	reset(): number;
}
export interface RawRequest {
	oncomplete: unknown;
	peer?: unknown;
	/** −1 while nothing of Node's is tied to it: a write that the kernel took at once leaves its request as it was. */
	getAsyncId?(): number;
	view?: Uint8Array;
	done?: () => void;
}

export interface RawHandles {
	Tcp: new (socket: 0) => RawHandle;
	Connect: new () => RawRequest;
	Write: new () => RawRequest;
	Shutdown: new () => RawRequest;
	/** Why a read brought nothing: the end, an error, or no reason at all (null). Only to be asked inside `onread`. */
	ending(): 'end' | NodeJS.ErrnoException | null;
}

const METHODS = ['useUserBuffer', 'readStart', 'readStop', 'writeBuffer', 'shutdown', 'connect', 'connect6', 'setNoDelay', 'getpeername', 'close', 'reset'];

type Inside = { _handle: RawHandle | null };
type SocketOptions = ConstructorParameters<typeof Socket>[0];
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ignore = (): void => {};

/**
 * Node keeps the code of a read where only its own `onread` looks. So that one is asked, with an owner that does no more
 * than note what a Socket would be told.
 */
const endingBy = (nodesOnRead: (this: unknown) => unknown): RawHandles['ending'] => {
	let heard: ReturnType<RawHandles['ending']> = null;
	const destroy = (error: NodeJS.ErrnoException): void => {
		heard = error;
	};
	const push = (chunk: unknown): void => {
		if (chunk === null) heard = 'end';
	};
	const state = { endEmitted: false };
	const told: Record<PropertyKey, unknown> = { destroy, push, destroyed: false, _readableState: state };
	const owner = new Proxy({}, { get: (_, key) => (Object.hasOwn(told, key) ? told[key] : ignore) });
	const handle = new Proxy({}, { get: () => owner });
	return () => {
		heard = null;
		nodesOnRead.call(handle);
		return heard;
	};
};

/** `Kind` is Node's Socket. */
export const findRawHandles = async (Kind: typeof Socket): Promise<RawHandles | null> => {
	const sockets: Socket[] = [];
	const kept = (socket: Socket): RawHandle | null => {
		sockets.push(socket.on('error', ignore));
		return (socket as unknown as Inside)._handle;
	};
	try {
		// Sockets with handles of which nothing reaches the system: what Node hands to them is what we need.
		const seen: { connect?: RawHandles['Connect']; write?: RawHandles['Write']; shutdown?: RawHandles['Shutdown'] } = {};
		const dialling = kept(new Kind().connect({ host: '127.0.0.1', port: 1, autoSelectFamily: false }));
		if (!dialling) return null;
		const note = (name: keyof typeof seen, code: number) => (request: RawRequest) => {
			seen[name] = request.constructor as new () => RawRequest;
			return code;
		};
		dialling.connect = note('connect', -111);
		const Tcp = dialling.constructor as RawHandles['Tcp'];
		const open = (): Socket => new Kind({ handle: new Tcp(0), pauseOnCreate: true, allowHalfOpen: true } as SocketOptions);
		const writer = open();
		const writing = kept(writer) as RawHandle;
		const nodesOnRead = writing.onread as (this: unknown) => unknown;
		writing.writeBuffer = note('write', -32);
		writer.write(Buffer.alloc(1));
		const closer = open();
		(kept(closer) as RawHandle).shutdown = note('shutdown', 1);
		closer.end();
		await tick();
		await tick();
		const fresh = new Tcp(0) as RawHandle & Record<string, unknown>;
		const able = METHODS.every((name) => typeof fresh[name] === 'function') && fresh.bytesRead === 0 && fresh.writeQueueSize === 0;
		fresh.close();
		if (!able || typeof nodesOnRead !== 'function' || !seen.connect || !seen.write || !seen.shutdown) return null;
		const ending = endingBy(nodesOnRead);
		ending();
		return { Tcp, Connect: seen.connect, Write: seen.write, Shutdown: seen.shutdown, ending };
	} catch {
		return null;
	} finally {
		for (const socket of sockets) socket.destroy();
	}
};

let found: Promise<RawHandles | null> | undefined;
/** What Node's sockets are made of, found on sockets of its own; null where any of it is missing. */
export const rawHandles = (): Promise<RawHandles | null> => {
	found ??= findRawHandles(Socket);
	return found;
};

/** What a code of a handle means, as Node's own sockets would say it: "connect ECONNREFUSED 127.0.0.1:80". */
export const errorOf = (syscall: string, errno: number, where?: string): NodeJS.ErrnoException => {
	const code = getSystemErrorName(errno);
	return Object.assign(new Error(`${syscall} ${code}${where === undefined ? '' : ` ${where}`}`), { code, errno, syscall });
};
