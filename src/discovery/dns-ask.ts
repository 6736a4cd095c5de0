import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { type DnsMessage, type DnsQuestion, dnsQuery, readDns } from '../wire/dns.js';
import type { Place } from './entry.js';

/** What goes through everywhere unfragmented (https://www.dnsflagday.net/2020/). */
const UDP_SIZE = 1232;
const TIMEOUT_MS = 2000;

const said = ({ code, message }: NodeJS.ErrnoException): string => (code === 'ECONNREFUSED' ? 'nobody listens there' : message);

const fits = (message: DnsMessage, id: number, { name, type }: DnsQuestion): boolean =>
	message.isResponse &&
	message.id === id &&
	(message.questions.length === 0
		? message.rcode !== 0
		: message.questions[0]?.type === type && message.questions[0].name.toLowerCase() === name.toLowerCase());

const limited = <T>(signal: AbortSignal, start: (done: (value: T) => void, fail: (why: string) => void) => () => void): Promise<T> =>
	new Promise((resolve, reject) => {
		const settle = (act: () => void): void => {
			clearTimeout(timer);
			signal.removeEventListener('abort', stop);
			close();
			act();
		};
		const stop = (): void => settle(() => reject(new Error('closed')));
		const timer = setTimeout(() => settle(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`))), TIMEOUT_MS);
		signal.addEventListener('abort', stop, { once: true });
		const close = start(
			(value) => settle(() => resolve(value)),
			(why) => settle(() => reject(new Error(why))),
		);
	});

const overUdp = ({ host, port }: Place, question: DnsQuestion, signal: AbortSignal): Promise<DnsMessage> =>
	limited(signal, (done, fail) => {
		const id = randomInt(65_536);
		const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
		let open = true;
		socket.on('error', (error) => fail(said(error)));
		socket.on('message', (bytes) => {
			try {
				const message = readDns(bytes);
				// Somebody else's answer is no answer: wait on.
				if (fits(message, id, question)) done(message);
			} catch (error) {
				fail((error as Error).message);
			}
		});
		// Connected: the kernel passes on only what this server sends, and its refusals.
		socket.connect(port, host, (error?: unknown) => {
			if (error) fail(said(error as NodeJS.ErrnoException));
			else if (open) socket.send(dnsQuery(id, question, UDP_SIZE));
		});
		return () => {
			open = false;
			socket.removeAllListeners().on('error', () => {});
			socket.close();
		};
	});

/** RFC 7766: each message behind its length. */
const overTcp = ({ host, port }: Place, question: DnsQuestion, signal: AbortSignal): Promise<DnsMessage> =>
	limited(signal, (done, fail) => {
		const id = randomInt(65_536);
		const query = dnsQuery(id, question, UDP_SIZE);
		let heard = Buffer.alloc(0);
		const socket = connect({ host, port }, () => void socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query])));
		socket
			.on('error', (error) => fail(said(error)))
			.on('close', () => fail('it closed without an answer'))
			.on('data', (bytes) => {
				heard = Buffer.concat([heard, bytes]);
				if (heard.length < 2 || heard.length < 2 + heard.readUInt16BE(0)) return;
				try {
					const message = readDns(heard.subarray(2, 2 + heard.readUInt16BE(0)));
					if (fits(message, id, question)) done(message);
					else fail('an answer to another question');
				} catch (error) {
					fail((error as Error).message);
				}
			});
		return () => {
			socket.removeAllListeners().on('error', () => {});
			socket.destroy();
		};
	});

/** Asks the servers in turn until one answers; by TCP again where the answer did not fit. Rejects with what the last one said. */
export const askDns = async (servers: readonly Place[], question: DnsQuestion, signal: AbortSignal): Promise<DnsMessage> => {
	let failure = new Error('there is no name server: /etc/resolv.conf names none');
	for (const server of servers) {
		if (signal.aborted) break;
		try {
			const message = await overUdp(server, question, signal);
			const whole = message.truncated ? await overTcp(server, question, signal) : message;
			// One that fails may have a neighbour that does not.
			if (whole.rcode === 0 || whole.rcode === 3 || server === servers.at(-1)) return whole;
		} catch (error) {
			failure = new Error(`${server.host}:${server.port}: ${(error as Error).message}`);
		}
	}
	throw failure;
};
