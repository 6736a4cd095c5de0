import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { WardMain } from '../../src/custody/custody.js';

/** Listens, says where, echoes what it is told, and writes to `mark` that it has begun. */
export const main: WardMain = (args, link) => {
	const { mark } = args as { mark?: string };
	if (mark !== undefined) appendFileSync(mark, 'begun\n');
	const server = createServer();
	server.listen(0, '127.0.0.1', () => link.send({ kind: 'listening', port: (server.address() as { port: number }).port }));
	link.onMessage((message) => {
		if (message.kind === 'leave') process.exit(Number(message.code));
		else link.send({ kind: 'echo', of: message });
	});
};
