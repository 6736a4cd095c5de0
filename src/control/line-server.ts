import { type AddressInfo, createServer, type Socket } from 'node:net';
import { stageError } from '../model/errors.js';
import type { ListenOn } from './listen-on.js';

export interface LineServer {
	host: string;
	port: number;
	close(): Promise<void>;
}

export interface LineServerOptions extends ListenOn {
	/** For messages: which flag named the address. */
	flag: string;
	/** What is said in answer to a line, without its line break; null: nothing. */
	answer(line: string): string | null;
}

/** A longer line is nobody's report, bytes. */
const LONGEST = 4096;
const MOST_CONNECTIONS = 1024;
/** Who does not read our answers does not need them, bytes. */
const MOST_WAITING = 64 * 1024;
const IDLE_MS = 10 * 60_000;

/** Lines over TCP: each is answered in a line. Errors: E_PORT_IN_USE, E_LISTEN. */
export const serveLines = ({ host, port, flag, answer }: LineServerOptions): Promise<LineServer> => {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		let rest = '';
		sockets.add(socket);
		socket.setEncoding('utf8').setTimeout(IDLE_MS, () => socket.destroy());
		socket.once('close', () => sockets.delete(socket)).on('error', () => {});
		const say = (text: string | null): void => {
			if (text === null || socket.destroyed || !socket.writable) return;
			if (socket.writableLength > MOST_WAITING) socket.destroy();
			else socket.write(`${text}\n`);
		};
		const take = (line: string): void => {
			const text = line.replace(/\r$/, '');
			if (text.trim() !== '') say(answer(text));
		};
		socket.on('data', (text: string) => {
			const lines = (rest + text).split('\n');
			rest = lines.pop() as string;
			for (const line of lines) {
				if (line.length > LONGEST) break;
				take(line);
			}
			if (rest.length <= LONGEST && lines.every((line) => line.length <= LONGEST)) return;
			rest = '';
			socket.end('error: the line is too long\n');
			socket.destroySoon();
		});
		// An agent may close where its line should end.
		socket.on('end', () => {
			if (rest !== '') take(rest);
			rest = '';
		});
	});
	server.maxConnections = MOST_CONNECTIONS;
	return new Promise((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => {
			const code = error.code === 'EADDRINUSE' ? 'E_PORT_IN_USE' : 'E_LISTEN';
			reject(stageError(code, `cannot listen on ${host}:${port}: ${error.message}`, `name another one with --${flag}, or port 0 for any`));
		});
		server.listen({ host, port }, () => {
			const at = server.address() as AddressInfo;
			resolve({
				host: at.address,
				port: at.port,
				close: () =>
					new Promise((closed) => {
						server.close(() => closed());
						for (const socket of sockets) socket.destroy();
					}),
			});
		});
	});
};
