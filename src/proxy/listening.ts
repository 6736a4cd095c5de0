import { closeSync, openSync, readSync } from 'node:fs';
import { askTcp } from '../probes/ask-tcp.js';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const page = Buffer.alloc(16_384);

/**
 * Whether a socket listens on this port, by the kernel's table: asking this way disturbs nobody. The table lists
 * listening sockets (state 0A) first, so reading stops at the first line of another state. Null: there is no such table.
 */
const inTable = (file: string, hexPort: string): boolean | null => {
	let fd: number;
	try {
		fd = openSync(file, 'r');
	} catch {
		return null;
	}
	try {
		let rest = '';
		for (;;) {
			const n = readSync(fd, page, 0, page.length, null);
			if (n <= 0) return false;
			const lines = (rest + page.toString('latin1', 0, n)).split('\n');
			rest = lines.pop() as string;
			for (const line of lines) {
				const [ordinal, local, , state] = line.trim().split(/\s+/, 4);
				if (!ordinal?.endsWith(':')) continue;
				if (state !== '0A') return false;
				if (local?.endsWith(hexPort)) return true;
			}
		}
	} finally {
		closeSync(fd);
	}
};

/** Does anything listen on this port of this machine? Where the system has no table of sockets, a connect is tried. */
export const isListening = async (host: string, port: number): Promise<boolean> => {
	const hexPort = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
	const found = TABLES.map((file) => inTable(file, hexPort));
	if (found.every((f) => f === null)) return (await askTcp({ host, port }, { timeoutMs: 200 })).ok;
	return found.includes(true);
};
