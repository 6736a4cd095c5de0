import { errorOf, type RawHandle, type RawHandles, type RawRequest } from '../platform/raw-handles.js';

/** Who hears of a {@link RawSocket}: what `Connection` is to a Socket. Never called inside a call of its own. */
export interface RawOwner {
	reached(socket: RawSocket): void;
	received(bytes: Uint8Array, length: number): void;
	finished(socket: RawSocket): void;
	broke(socket: RawSocket, error: NodeJS.ErrnoException): void;
}

function onRead(this: RawHandle): undefined {
	(this.peer as RawSocket).heard(this.bytesRead);
}
function onConnected(this: RawRequest, status: number): void {
	(this.peer as RawSocket).connected(status);
}
function onWritten(this: RawRequest, status: number): void {
	(this.peer as RawSocket).written(status);
}

/** Of a write that was over at once the request can serve the next one: making one costs more than all else of a small write but the system call. */
let spare: RawRequest | null = null;

/**
 * A plain TCP connection straight on the handle that Node's Socket is built around: a third of a Socket's memory, and
 * about half of its work for a connection. All read into the buffer that they are given.
 */
export class RawSocket {
	owner: RawOwner | null;
	/** The address that it was told to connect to. */
	readonly peer: string;
	private handle: RawHandle | null;
	private connecting = true;
	private total = 0;
	private readonly port: number;
	private readonly raw: RawHandles;
	private readonly buffer: Uint8Array;

	/** Connects to an address, which is no name. `buffer` may be shared with any number of others. */
	constructor(raw: RawHandles, to: { address: string; family: number; port: number }, buffer: Uint8Array, owner: RawOwner) {
		this.raw = raw;
		this.owner = owner;
		this.peer = to.address;
		this.port = to.port;
		this.buffer = buffer;
		const handle = new raw.Tcp(0);
		this.handle = handle;
		handle.peer = this;
		handle.onread = onRead;
		const request = new raw.Connect();
		request.oncomplete = onConnected;
		request.peer = this;
		const code = to.family === 6 ? handle.connect6(request, to.address, to.port) : handle.connect(request, to.address, to.port);
		if (code !== 0) this.failLater(errorOf('connect', code, `${to.address}:${to.port}`));
	}

	write(bytes: Uint8Array): void {
		const { handle } = this;
		if (!handle) return;
		const request = spare ?? new this.raw.Write();
		spare = null;
		request.oncomplete = onWritten;
		request.peer = this;
		// What the kernel does not take now is read from there later.
		request.view = bytes;
		const code = handle.writeBuffer(request, bytes);
		if (code !== 0) this.failLater(errorOf('write', code));
		else if (request.getAsyncId?.() === -1) spare = request;
	}

	/** Bytes that the kernel has not taken. */
	get writableLength(): number {
		return this.handle?.writeQueueSize ?? 0;
	}

	setNoDelay(on: boolean): void {
		this.handle?.setNoDelay(on);
	}

	/** Lets go; nothing is heard any more. */
	close(rst: boolean): void {
		const { handle } = this;
		this.owner = null;
		this.handle = null;
		if (!handle) return;
		if (rst && !this.connecting) handle.reset();
		else handle.close();
	}

	/** The rest is called by the functions above, in the name of the handle. */
	heard(total: number): void {
		const length = total - this.total;
		this.total = total;
		if (!this.owner) return;
		if (length > 0) {
			this.owner.received(this.buffer, length);
			return;
		}
		const why = this.raw.ending();
		if (why === 'end') this.owner.finished(this);
		else if (why) this.owner.broke(this, why);
	}
	connected(status: number): void {
		const { owner, handle } = this;
		if (!owner || !handle) return;
		if (status !== 0) {
			owner.broke(this, errorOf('connect', status, `${this.peer}:${this.port}`));
			return;
		}
		this.connecting = false;
		owner.reached(this);
		// Whoever only wanted to know that it can be reached has closed it by now.
		if (!this.handle) return;
		handle.useUserBuffer(this.buffer);
		const code = handle.readStart();
		if (code !== 0) this.failLater(errorOf('read', code));
	}
	written(status: number): void {
		if (status !== 0) this.owner?.broke(this, errorOf('write', status));
	}

	private failLater(error: NodeJS.ErrnoException): void {
		process.nextTick(() => this.owner?.broke(this, error));
	}
}
