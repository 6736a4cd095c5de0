/**
 * A process fault must feel the same with and without the tap: the same client script meets both, and what it saw
 * (errors, refused or accepted connects, bytes) is compared.
 */
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { ClusterNode } from '../../src/cluster/cluster.js';
import { isListening } from '../../src/proxy/listening.js';
import { stage } from './stage.js';

const SERVER = `
	const { createServer } = require('node:net');
	const server = createServer({ allowHalfOpen: true }, (socket) => {
		socket.on('error', () => {});
		let text = '';
		socket.on('data', (chunk) => {
			text += chunk;
			if (text.includes('/die')) process.exit(9);
			if (!text.endsWith('\\r\\n\\r\\n')) return;
			const slow = text.includes('/slow');
			text = '';
			const answer = () => socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello');
			if (slow) socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 50\\r\\n\\r\\npart'), (socket.slow = true);
			else answer();
		});
		socket.on('end', () => socket.end());
		open.add(socket);
		socket.on('close', () => open.delete(socket));
	});
	const open = new Set();
	process.on('SIGTERM', () => {
		server.close(() => process.exit(0));
		setTimeout(() => {
			for (const socket of open) socket.slow ? socket.end('-the rest of it, to the full length of fifty ch') : socket.end();
		}, 150);
	});
	server.listen(Number(process.argv[1]), '127.0.0.1');`;

class Client {
	seen = '';
	readonly ended: Promise<void>;
	readonly socket;
	constructor(t: ExecutionContext, node: ClusterNode, request = '') {
		this.socket = connect({ host: node.host, port: node.port, allowHalfOpen: true });
		t.teardown(() => this.socket.destroy());
		this.socket.on('connect', () => {
			this.seen += '[connected]';
			if (request !== '') this.socket.write(`GET ${request} HTTP/1.1\r\nHost: t\r\n\r\n`);
		});
		this.ended = new Promise((resolve) => {
			this.socket.on('data', (chunk) => {
				this.seen += chunk.toString();
			});
			this.socket.on('end', () => {
				this.seen += '[EOF]';
				resolve();
			});
			this.socket.on('error', (error: NodeJS.ErrnoException) => {
				this.seen += `[${error.code}]`;
				resolve();
			});
		});
	}
	/** After the EOF: whoever goes on writing learns that nobody is there. */
	async writeOn(): Promise<void> {
		while (!/\[EOF\]\[E/.test(this.seen)) {
			if (!this.socket.destroyed) this.socket.write('more');
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	}
	async until(text: string): Promise<this> {
		while (!this.seen.includes(text)) await new Promise((resolve) => setTimeout(resolve, 3));
		return this;
	}
}

const open = async (t: ExecutionContext, tap: boolean): Promise<ClusterNode> => {
	const { cluster } = await stage(t, {
		tap,
		replica: {
			kind: 'command',
			argv: [process.execPath, '-e', SERVER, '{port}'],
			env: {},
			cwd: '/',
			ready: { check: { kind: 'http', path: '/' }, withinMs: 20_000 },
		},
	});
	await cluster.start();
	return cluster.nodes[0] as ClusterNode;
};
const refusing = async (node: ClusterNode): Promise<void> => {
	while (await isListening(node.host, node.port)) await new Promise((resolve) => setTimeout(resolve, 3));
};

const SCRIPTS: Record<string, (t: ExecutionContext, node: ClusterNode) => Promise<string[]>> = {
	kill: async (t, node) => {
		const idle = await new Client(t, node, '/').until('hello');
		const half = await new Client(t, node, '/slow').until('part');
		await node.kill();
		await Promise.all([idle.ended, half.ended]);
		const late = new Client(t, node);
		await late.ended;
		await idle.writeOn();
		await node.start();
		const back = await new Client(t, node, '/').until('hello');
		return [idle.seen, half.seen, late.seen, back.seen];
	},
	freeze: async (t, node) => {
		const idle = await new Client(t, node, '/').until('hello');
		node.ward?.signalGroup('SIGSTOP');
		idle.socket.write('GET /again HTTP/1.1\r\n\r\n');
		const fresh = await new Client(t, node, '/').until('[connected]');
		await new Promise((resolve) => setTimeout(resolve, 150));
		const frozen = [idle.seen, fresh.seen];
		node.ward?.signalGroup('SIGCONT');
		await fresh.until('hello');
		await idle.until('hello'.concat('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
		return [...frozen, idle.seen, fresh.seen];
	},
	'freeze, then kill': async (t, node) => {
		const idle = await new Client(t, node, '/').until('hello');
		node.ward?.signalGroup('SIGSTOP');
		idle.socket.write('GET /unread HTTP/1.1\r\n\r\n');
		const queued = await new Client(t, node, '/').until('[connected]');
		await new Promise((resolve) => setTimeout(resolve, 50));
		await node.kill();
		await Promise.all([idle.ended, queued.ended]);
		return [idle.seen, queued.seen];
	},
	term: async (t, node) => {
		const idle = await new Client(t, node, '/').until('hello');
		const half = await new Client(t, node, '/slow').until('part');
		await node.terminate();
		await refusing(node);
		const late = new Client(t, node);
		await late.ended;
		await Promise.all([idle.ended, half.ended]);
		idle.socket.end();
		half.socket.end();
		const { code } = (await node.ward?.exited) ?? {};
		return [idle.seen, half.seen, late.seen, `exit ${code}`];
	},
	'crash by itself': async (t, node) => {
		const idle = await new Client(t, node, '/').until('hello');
		const half = await new Client(t, node, '/slow').until('part');
		const deadly = new Client(t, node, '/die');
		await Promise.all([idle.ended, half.ended, deadly.ended]);
		await refusing(node);
		const late = new Client(t, node);
		await late.ended;
		await idle.writeOn();
		const { code } = (await node.ward?.exited) ?? {};
		return [idle.seen, half.seen, deadly.seen, late.seen, `exit ${code}`];
	},
};

for (const [name, script] of Object.entries(SCRIPTS)) {
	test(`${name}: the client's experience is the same with and without the tap`, async (t) => {
		const [without, behind] = await Promise.all([open(t, false).then((node) => script(t, node)), open(t, true).then((node) => script(t, node))]);
		t.log(without.join(' | ').replaceAll('\r\n', '⏎'));
		t.deepEqual(behind, without);
	});
}
