import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { stageError } from '../model/errors.js';

/** Below the range from which the kernel takes ports for outgoing connections: a retry loop on a dead port inside it ends up connected to itself. */
const ephemeralStart = (): number => {
	try {
		return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
	} catch {
		return 32_768;
	}
};

const LOWEST = 10_000;
const given = new Set<number>();

const isFree = (port: number, host: string): Promise<boolean> =>
	new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
	});

/** A port that nobody listens on now, and that this process has not handed out before. */
export const freePort = async (host = '127.0.0.1'): Promise<number> => {
	const top = Math.max(LOWEST + 1000, Math.min(ephemeralStart(), 32_768));
	for (let tries = 0; tries < 200; tries++) {
		const port = LOWEST + Math.floor(Math.random() * (top - LOWEST));
		if (given.has(port) || !(await isFree(port, host))) continue;
		given.add(port);
		return port;
	}
	throw stageError('E_NO_PORT', `no free port between ${LOWEST} and ${top} on ${host} after 200 tries`, 'is something holding thousands of ports? see ss -ltn');
};
