import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcp, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { SourceKind } from '../../src/discovery/source.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';

/** What a source has told so far: `a:1+ b:2-` (up or unknown: +, down: −), or `lost: …`. */
export interface Told {
	words: string[];
	/** Resolves when a word matches that was not waited for before; the test's own time limit ends it. */
	says(pattern: RegExp): Promise<string>;
}

/** Follows a source to the test's end. */
export const followed = (t: ExecutionContext, kind: SourceKind, address: string): Told => {
	const words: string[] = [];
	let at = 0;
	let wake: (() => void) | null = null;
	const tell = (word: string): void => {
		words.push(word);
		wake?.();
	};
	const following = kind.follow(
		address,
		{
			listed: (entries) => tell(entries.map(({ target, status }) => `${target.name}${status === 'down' ? '-' : '+'}`).join(' ') || 'none'),
			lost: (reason) => tell(`lost: ${reason}`),
		},
		new MonotonicClock(monotonicNs()),
	);
	t.teardown(() => following.close());
	const says = async (pattern: RegExp): Promise<string> => {
		for (;;) {
			for (; at < words.length; at++) if (pattern.test(words[at]!)) return words[at++]!;
			await new Promise<void>((resolve) => {
				wake = resolve;
			});
		}
	};
	return { words, says };
};

/** An HTTP server on loopback to the test's end; gives its host:port. */
export const serveHttp = async (t: ExecutionContext, answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<string> => {
	const server = createServer((request, response) => {
		let body = '';
		request.setEncoding('utf8').on('data', (piece: string) => {
			body += piece;
		});
		request.on('end', () => answer(request, response, body));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** The same for bare sockets. */
export const serveTcp = async (t: ExecutionContext, talk: (socket: Socket) => void): Promise<string> => {
	const sockets = new Set<Socket>();
	const server = createTcp((socket) => {
		sockets.add(socket);
		socket.on('error', () => {});
		talk(socket);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** What a server that is none of the expected kind may say first. */
export const GARBAGE: readonly [string, Buffer | null][] = [
	['nothing, and closes', null],
	['noise', Buffer.from('\x00\x00\x00\x05\xff\xfe!garbage!\r\n\r\n', 'latin1')],
	['a length beyond all limits', Buffer.from([0x7f, 0xff, 0xff, 0xff, 1])],
	['HTTP that is no registry', Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\n<html/>')],
	['an answer cut off', Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 700\r\n\r\n[')],
];
