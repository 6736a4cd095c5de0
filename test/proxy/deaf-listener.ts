// A process of its own: listens, says where, and then never runs again. Once its accept queue is full the kernel drops
// every SYN, so a connect is neither accepted nor refused.

import { writeSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

const server = createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
	writeSync(1, `${(server.address() as AddressInfo).port}\n`);
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
