import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { durationOption, readAddress, wrongSource } from './address.js';
import { askAgain } from './again.js';
import { parsePlace } from './entry.js';
import { followFiles } from './follow-files.js';
import { readHaproxyFile } from './haproxy-file.js';
import { readServerTables } from './haproxy-servers.js';
import type { SourceKind } from './source.js';

const usage = 'haproxy:SOCKET#BACKEND, haproxy:tcp://HOST:PORT#BACKEND or haproxy:FILE#BACKEND';
const EVERY_MS = 1000;
const TIMEOUT_MS = 5000;
const MOST = 16 * 1024 * 1024;

/** One line to the stats socket, and all that it answers until it closes. */
const tell = (to: { path: string } | { host: string; port: number }, line: string, signal: AbortSignal): Promise<string> =>
	new Promise((done, fail) => {
		const socket = connect(to);
		let answer = '';
		const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
		const stop = (): void => void socket.destroy();
		signal.addEventListener('abort', stop, { once: true });
		socket
			.setEncoding('utf8')
			.on('connect', () => socket.write(`${line}\n`))
			.on('data', (text: string) => {
				answer += text;
				if (answer.length > MOST) socket.destroy(new Error(`it answers more than ${MOST} bytes`));
			})
			.on('error', (error: NodeJS.ErrnoException) => fail(error))
			.on('close', () => {
				clearTimeout(timer);
				signal.removeEventListener('abort', stop);
				done(answer);
			});
	});

const WHY: Readonly<Record<string, string>> = {
	ENOENT: 'there is no such socket',
	ECONNREFUSED: 'nobody listens there',
	EACCES: 'it may not be opened (the socket has a mode, user and group in "stats socket")',
};

const isFile = (path: string): boolean => {
	const there = statSync(path, { throwIfNoEntry: false });
	return there ? !there.isSocket() : /\.(?:cfg|conf)$/.test(path);
};

/** The servers of a backend, asked of the stats socket (states and weights as they are now), or read from a configuration file. */
export const haproxy: SourceKind = {
	usage,
	follow(address, listener, clock) {
		const read = readAddress(address, usage, ['every']);
		const { body, fragment, options } = read;
		const everyMs = durationOption(address, usage, read, 'every', EVERY_MS);
		const tcp = /^(?:tcp:)?\/\/(?!\/)(.*)$/.exec(body)?.[1];
		if (body === '' || fragment === '') throw wrongSource(address, `${body === '' ? 'a socket after haproxy:' : 'a backend after #'}`, usage);
		if (fragment !== null && !/^[\w.:-]+$/.test(fragment)) throw wrongSource(address, 'the name of a backend after #', usage);
		const place = tcp === undefined ? null : parsePlace(tcp.replace(/\/$/, ''));
		if (tcp !== undefined && !place) throw wrongSource(address, 'HOST:PORT after //', usage);
		const path = resolve(body.replace(/^(?:unix@|\/\/(?=\/))/, ''));
		if (!place && isFile(path)) {
			if (options.every !== undefined) throw wrongSource(address, 'every= for a socket; a file is read when it changes', usage);
			return followFiles((looked) => readHaproxyFile(path, looked.read(path), fragment), listener, clock);
		}
		if (fragment === null) throw wrongSource(address, 'a backend after #', usage);
		const where = place ? tcp : path;
		return askAgain(
			async (signal) => {
				let answer: string;
				try {
					answer = await tell(place ?? { path }, `show servers state ${fragment};show stat ${fragment} 4 -1`, signal);
				} catch (error) {
					throw new Error(`${where}: ${WHY[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message}`);
				}
				if (signal.aborted) return everyMs;
				try {
					const { entries, note } = readServerTables(answer, fragment);
					listener.listed(entries, note);
				} catch (error) {
					throw new Error(`${where}: ${(error as Error).message}`);
				}
				return everyMs;
			},
			listener,
			clock,
			everyMs,
		);
	},
};
