import { createSocket, type Socket } from 'node:dgram';
import { type LookupAddress, lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '../model/clock.js';
import type { Phases } from '../model/sample.js';
import type { Target } from '../model/target.js';
import type { Question } from './simple.js';

export interface Exchange {
	/** Null: within `quietMs` nothing came, neither an answer nor a refusal. */
	answer: Buffer | null;
	phases: Partial<Phases>;
	address: string;
	bytes: { sent: number; received: number };
}

const resolve = (host: string): Promise<LookupAddress[]> =>
	new Promise((done, fail) => lookup(host, { all: true, verbatim: true }, (error, found) => (error ? fail(error) : done(found))));

/**
 * Sends one datagram on a socket of its own and gives the first that comes back. The socket is connected: the kernel
 * passes on only what that address sends, and its ICMP refusals. If one address of a name refuses, the next is asked.
 * `quietMs`: so long is listened if no answer is due. Rejects with the system's error; the caller's deadline is the signal.
 */
export const exchange = async (
	target: Pick<Target, 'host' | 'port'>,
	clock: Clock,
	question: Pick<Question, 'signal' | 'stage'>,
	payload: Uint8Array,
	quietMs: number | null = null,
): Promise<Exchange> => {
	const phases: Partial<Phases> = {};
	const family = isIP(target.host);
	let addresses: LookupAddress[] = [{ address: target.host, family }];
	if (family === 0) {
		const since = clock.now();
		question.stage('dns');
		addresses = await resolve(target.host);
		phases.dns = clock.now() - since;
	}
	question.stage('answer');
	let refusal: unknown;
	for (const { address, family } of addresses) {
		if (question.signal.aborted) break;
		try {
			const sentMs = clock.now();
			const answer = await once(address, family, target.port, payload, question.signal, quietMs);
			if (answer) phases.firstByte = clock.now() - sentMs;
			return { answer, phases, address, bytes: { sent: payload.length, received: answer?.length ?? 0 } };
		} catch (error) {
			refusal = error;
		}
	}
	throw refusal ?? new Error('abandoned');
};

const once = (address: string, family: number, port: number, payload: Uint8Array, signal: AbortSignal, quietMs: number | null): Promise<Buffer | null> =>
	new Promise((resolve, reject) => {
		const socket: Socket = createSocket(family === 6 ? 'udp6' : 'udp4');
		let timer: NodeJS.Timeout | undefined;
		const end = (settle: () => void): void => {
			clearTimeout(timer);
			signal.removeEventListener('abort', onAbort);
			socket.removeAllListeners().on('error', () => {});
			socket.close();
			settle();
		};
		const onAbort = (): void => end(() => reject(new Error('abandoned')));
		signal.addEventListener('abort', onAbort, { once: true });
		socket.on('error', (error) => end(() => reject(error)));
		socket.on('message', (message) => end(() => resolve(message)));
		socket.connect(port, address, (error?: unknown) => {
			if (error) return end(() => reject(error));
			socket.send(payload, (error) => {
				if (error) end(() => reject(error));
				else if (quietMs !== null) timer = setTimeout(() => end(() => resolve(null)), quietMs);
			});
		});
	});
