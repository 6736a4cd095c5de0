import { errorOf, type RawHandle, type RawHandles, type RawRequest } from '../platform/raw-handles.js';
import type { Peer } from './peer.js';
import { ReadBuffer } from './read-buffers.js';
import type { Reader } from './sockets.js';

/** The smallest segment of TCP: a first write up to this length goes out at once, whatever Nagle's algorithm says. */
const SEGMENT = 536;

/** What has to be told after the present call: as with streams, nobody hears of a close or a finished write inside a call of their own. */
let closed: RawPeer[] = [];
let written: (() => void)[] = [];
const tellLater = (): void => {
	if (closed.length === 0 && written.length === 0) process.nextTick(tell);
};
const tell = (): void => {
	const [peers, dones] = [closed, written];
	closed = [];
	written = [];
	for (const done of dones) done();
	for (const peer of peers) peer.tellClosed();
};

function onRead(this: RawHandle): Uint8Array | undefined {
	return (this.peer as RawPeer).heard(this.bytesRead);
}
function onConnected(this: RawRequest, status: number): void {
	(this.peer as RawPeer).connected(status);
}
function onWritten(this: RawRequest, status: number): void {
	(this.peer as RawPeer | undefined)?.taken(status, this.done);
}
function onShut(this: RawRequest): void {
	(this.peer as RawPeer).shut();
}

/**
 * A TCP connection straight on the handle that Node's Socket is built around: half the work per connection of a Socket,
 * and the same behaviour as one with `allowHalfOpen` and `noDelay`.
 */
export class RawPeer implements Peer {
	destroyed = false;
	writableEnded = false;
	writableLength = 0;
	private readonly raw: RawHandles;
	private readonly read: Reader;
	private handle: RawHandle | null;
	private buffer: ReadBuffer | null = null;
	private total = 0;
	private connecting = false;
	private reading = false;
	private readEnded = false;
	private finished = false;
	private soon = false;
	private wrote = false;
	private prompt = false;
	private failure: NodeJS.ErrnoException | null = null;
	private from: { address?: string; port?: number } | null = null;
	private onConnect: (() => void) | null = null;
	private onEnd: (() => void) | null = null;
	private onError: ((error: NodeJS.ErrnoException) => void) | null = null;
	private onClose: (() => void) | null = null;

	/** Around a handle that is connected, paused; or one that is about to be (`connect`). */
	constructor(raw: RawHandles, handle: RawHandle, read: Reader) {
		this.raw = raw;
		this.read = read;
		this.handle = handle;
		handle.peer = this;
		handle.onread = onRead;
	}

	/** To an IP literal. */
	static dial(raw: RawHandles, to: { host: string; port: number }, family: 4 | 6, read: Reader): RawPeer {
		const handle = new raw.Tcp(0);
		const peer = new RawPeer(raw, handle, read);
		const request = new raw.Connect();
		request.oncomplete = onConnected;
		request.peer = peer;
		peer.connecting = true;
		const code = family === 6 ? handle.connect6(request, to.host, to.port) : handle.connect(request, to.host, to.port);
		if (code !== 0) peer.fail(errorOf('connect', code));
		return peer;
	}

	get remoteAddress(): string | undefined {
		return this.name.address;
	}
	get remotePort(): number | undefined {
		return this.name.port;
	}

	on(event: 'end' | 'close', hear: () => void): this;
	on(event: 'error', hear: (error: NodeJS.ErrnoException) => void): this;
	on(event: 'end' | 'close' | 'error', hear: (error: never) => void): this {
		if (event === 'end') this.onEnd = both(this.onEnd, hear as () => void);
		else if (event === 'close') this.onClose = both(this.onClose, hear as () => void);
		else this.onError = both(this.onError, hear as (error: NodeJS.ErrnoException) => void);
		return this;
	}
	once(_event: 'connect', hear: () => void): this {
		this.onConnect = both(this.onConnect, hear);
		return this;
	}

	resume(): void {
		const { handle } = this;
		if (!handle || this.reading || this.connecting || this.readEnded) return;
		this.reading = true;
		if (!this.buffer) {
			this.buffer = new ReadBuffer();
			handle.useUserBuffer(this.buffer.bytes);
		}
		const code = handle.readStart();
		if (code !== 0) this.fail(errorOf('read', code));
	}

	write(view: Uint8Array, done: () => void): void {
		const { handle } = this;
		if (!handle) return;
		// The first small write is never held back, and many connections have but one.
		if (!this.prompt && (this.wrote || view.length > SEGMENT)) {
			this.prompt = true;
			handle.setNoDelay(true);
		}
		this.wrote = true;
		const request = new this.raw.Write();
		request.oncomplete = onWritten;
		const code = handle.writeBuffer(request, view);
		if (code !== 0) {
			this.fail(errorOf('write', code));
			return;
		}
		this.writableLength = handle.writeQueueSize;
		if (this.writableLength === 0) {
			tellLater();
			written.push(done);
			return;
		}
		request.peer = this;
		request.view = view;
		request.done = done;
	}

	end(): void {
		if (!this.handle || this.writableEnded) return;
		this.writableEnded = true;
		const request = new this.raw.Shutdown();
		request.oncomplete = onShut;
		request.peer = this;
		if (this.handle.shutdown(request) !== 0) this.shut();
	}

	destroy(): void {
		const { handle } = this;
		if (!handle) return;
		this.gone();
		handle.close();
	}
	destroySoon(): void {
		this.soon = true;
		this.end();
		if (this.finished) this.destroy();
	}
	resetAndDestroy(): void {
		const { handle } = this;
		if (!handle) return;
		this.gone();
		// Not possible while a FIN waits behind bytes, or without a connection.
		if (this.connecting || (this.writableEnded && !this.finished)) handle.close();
		else handle.reset();
	}

	/** Once it is closed, and no write refers to it any more. */
	returnBuffer(): void {
		this.buffer?.giveBack(true);
	}

	/** The rest is called by the functions above, in the name of the handle. */
	heard(total: number): Uint8Array | undefined {
		const n = total - this.total;
		this.total = total;
		const { buffer } = this;
		if (!buffer || this.destroyed) return undefined;
		if (n === 0) {
			this.stopped();
			return undefined;
		}
		const { bytes } = buffer;
		const more = this.read(n === bytes.length ? bytes : bytes.subarray(0, n));
		if (!this.handle) return undefined;
		if (!more) {
			this.reading = false;
			this.handle.readStop();
		}
		return buffer.fit(n, more) ? buffer.bytes : undefined;
	}
	connected(status: number): void {
		if (!this.handle) return;
		if (status !== 0) {
			this.fail(errorOf('connect', status));
			return;
		}
		this.connecting = false;
		this.onConnect?.();
		this.resume();
	}
	taken(status: number, done: (() => void) | undefined): void {
		if (!this.handle) return;
		if (status !== 0) {
			this.fail(errorOf('write', status));
			return;
		}
		this.writableLength = this.handle.writeQueueSize;
		done?.();
	}
	shut(): void {
		this.finished = true;
		if (this.soon || this.readEnded) this.destroy();
	}
	tellClosed(): void {
		if (this.failure) this.onError?.(this.failure);
		this.onClose?.();
		this.buffer?.giveBack(false);
		this.buffer = null;
	}

	private stopped(): void {
		const why = this.raw.ending();
		if (why === null) return;
		this.reading = false;
		if (why !== 'end') {
			this.fail(why);
			return;
		}
		this.readEnded = true;
		this.onEnd?.();
		if (this.finished) this.destroy();
	}

	private get name(): { address?: string; port?: number } {
		if (!this.from && this.handle && !this.connecting) {
			this.from = {};
			this.handle.getpeername(this.from);
		}
		return this.from ?? {};
	}

	private fail(error: NodeJS.ErrnoException): void {
		if (!this.handle) return;
		this.failure = error;
		this.destroy();
	}

	private gone(): void {
		this.handle = null;
		this.destroyed = true;
		this.writableLength = 0;
		tellLater();
		closed.push(this);
	}
}

const both = <A extends unknown[]>(first: ((...args: A) => void) | null, then: (...args: A) => void): ((...args: A) => void) =>
	first
		? (...args) => {
				first(...args);
				then(...args);
			}
		: then;
