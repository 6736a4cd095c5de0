import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { parseTarget } from '../../src/model/target.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { rawHandles } from '../../src/platform/raw-handles.js';
import { loadProbe, openProber } from '../../src/probes/index.js';
import type { Answer, ProbeOptions } from '../../src/probes/probe.js';

export const clock = new MonotonicClock(monotonicNs());

export type Options = Partial<Omit<ProbeOptions, 'clock'>> & { timeoutMs?: number; fresh?: boolean; times?: number };

/** Asks `times` times, one after the other, on one prober; each question is abandoned after `timeoutMs`. */
export const askAll = async (url: string, { timeoutMs = 10_000, fresh = false, times = 1, ...options }: Options = {}): Promise<Answer[]> => {
	const target = parseTarget(url);
	const probe = await loadProbe(target.protocol, options.more);
	const raw = process.env.DARUMA_TEST_RAW_HANDLES === 'no' ? null : await rawHandles();
	return new Promise((resolve, reject) => {
		const answers: Answer[] = [];
		let timer: NodeJS.Timeout;
		const ask = (): void => {
			timer = setTimeout(() => prober.abandon(), timeoutMs);
			prober.ask(fresh);
		};
		const prober = openProber(probe, target, { clock, keepBody: false, maxBody: 100_000, raw, ...options }, (answer) => {
			clearTimeout(timer);
			if (answers.push(answer) > times) reject(new Error('one answer too many'));
			if (answers.length < times) return ask();
			// A second report would come within this turn or the next.
			setImmediate(() => {
				prober.close();
				resolve(answers);
			});
		});
		ask();
	});
};

export const ask = async (url: string, options: Options = {}): Promise<Answer> => (await askAll(url, options))[0] as Answer;

export const listen = async (t: ExecutionContext, server: Server, host = '127.0.0.1'): Promise<number> => {
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket)).on('error', () => {});
	});
	await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return (server.address() as AddressInfo).port;
};

/** A server that does what it is told with each connection. */
export const raw = (t: ExecutionContext, serve: (socket: Socket) => void, host?: string): Promise<number> => listen(t, createServer(serve), host);

/** A server that answers every request (whatever comes in one piece) with these bytes. */
export const canned = (t: ExecutionContext, answer: string | Buffer, then?: (socket: Socket) => void): Promise<number> =>
	raw(t, (socket) => {
		socket.on('data', () => {
			socket.write(answer, 'latin1');
			then?.(socket);
		});
	});

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
