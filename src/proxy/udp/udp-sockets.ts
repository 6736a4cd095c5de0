import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Address } from '../listen-address.js';

/** The kernel caps it; what comes in one burst should not be lost before we have read it. */
const BUFFER = 4 * 1024 * 1024;
/** What the system has not taken yet waits in libuv, without a bound of its own. */
const UNSENT = 1024 * 1024;

/** Addresses are resolved before: this spares each send a tick. */
const literal = (host: string, _options: unknown, done: (error: null, address: string, family: number) => void): void => done(null, host, isIP(host));

const create = (host: string): Socket => createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4', lookup: literal as never });

const enlarge = (socket: Socket): void => {
	try {
		socket.setRecvBufferSize(BUFFER);
	} catch {}
};

/** Resolves once it is bound; rejects with the system's error. */
export const bindUdp = (at: Address, hear: (bytes: Buffer, from: RemoteInfo) => void): Promise<Socket> =>
	new Promise((resolve, reject) => {
		const socket = create(at.host);
		socket.on('message', hear);
		socket.once('error', (error) => {
			socket.close();
			reject(error);
		});
		socket.bind({ address: at.host, port: at.port, exclusive: true }, () => {
			socket.removeAllListeners('error');
			socket.on('error', () => {});
			enlarge(socket);
			resolve(socket);
		});
	});

/** False: too much waits for the system already. `failed` is called later, if the system refuses. */
export const sendTo = (socket: Socket, bytes: Uint8Array, to: { address: string; port: number }, failed: () => void): boolean => {
	if (socket.getSendQueueSize() + bytes.length > UNSENT) return false;
	socket.send(bytes, to.port, to.address, (error) => {
		if (error) failed();
	});
	return true;
};

export interface UpstreamHearer {
	/** From now on it can send. */
	open(): void;
	message(bytes: Buffer): void;
	/** The other machine has answered that it cannot be delivered (ICMP). */
	refused(error: NodeJS.ErrnoException): void;
	/** It could not be opened. */
	failed(error: NodeJS.ErrnoException): void;
}

/** A socket that sends to one address and hears of nobody else. */
export interface UpstreamSocket {
	/** As {@link sendTo}. */
	send(bytes: Uint8Array, failed: () => void): boolean;
	close(): void;
}

/** An ICMP error is told at the next call, which then has done nothing: it is repeated. Several may have come. */
const TRIES = 4;
const FROM_ICMP = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ECONNRESET']);

export const dialUdp = (to: Address, hear: UpstreamHearer): UpstreamSocket => {
	let socket: Socket | null = null;
	let open = false;
	let closed = false;
	const connect = (host: string): void => {
		socket = create(host);
		socket.on('message', (bytes) => hear.message(bytes));
		socket.on('error', (error: NodeJS.ErrnoException) => {
			if (closed) return;
			if (open) hear.refused(error);
			else hear.failed(error);
		});
		// Bound by hand: a connect that has to bind first never closes again if that fails.
		socket.bind({ port: 0, exclusive: true }, () => {
			if (closed || !socket) return;
			enlarge(socket);
			socket.connect(to.port, host, ((error?: NodeJS.ErrnoException) => {
				if (closed) return;
				open = !error;
				if (error) hear.failed(error);
				else hear.open();
			}) as () => void);
		});
	};
	const send = (bytes: Uint8Array, failed: () => void, tries: number): void => {
		socket?.send(bytes, (error: NodeJS.ErrnoException | null) => {
			if (!error || closed) return;
			const icmp = FROM_ICMP.has(error.code ?? '');
			if (icmp) hear.refused(error);
			if (icmp && tries > 1) send(bytes, failed, tries - 1);
			else failed();
		});
	};
	if (isIP(to.host)) connect(to.host);
	else
		lookup(to.host, { all: true }, (error, found) => {
			if (closed) return;
			// IPv4 first, as for a listener: datagrams cannot be tried on both.
			const address = found?.sort((a, b) => a.family - b.family)[0]?.address;
			if (error || address === undefined) hear.failed(error ?? new Error('no address'));
			else connect(address);
		});
	return {
		send: (bytes, failed) => {
			if (!socket || !open || socket.getSendQueueSize() + bytes.length > UNSENT) return false;
			send(bytes, failed, TRIES);
			return true;
		},
		close: () => {
			if (closed) return;
			closed = true;
			socket?.close();
		},
	};
};
