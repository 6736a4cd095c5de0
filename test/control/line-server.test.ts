import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { serveLines } from '../../src/control/line-server.js';

const serve = async (t: ExecutionContext, answer: (line: string) => string | null) => {
	const server = await serveLines({ host: '127.0.0.1', port: 0, flag: 'x', answer });
	t.teardown(() => server.close());
	return server;
};
const dial = async (t: ExecutionContext, port: number): Promise<{ socket: Socket; all: Promise<string> }> => {
	const socket = connect(port, '127.0.0.1');
	t.teardown(() => socket.destroy());
	await once(socket, 'connect');
	let text = '';
	socket.setEncoding('utf8').on('data', (more) => (text += more));
	return { socket, all: new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve(text))) };
};

test('lines in any cuts, the last one without its end', async (t) => {
	const heard: string[] = [];
	const { port } = await serve(t, (line) => {
		heard.push(line);
		return line === 'quiet' ? null : `heard ${line}`;
	});
	const { socket, all } = await dial(t, port);
	for (const piece of ['n1 u', 'p\r\nn2 down\nqui', 'et\n\n  \n']) {
		socket.write(piece);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	socket.end('last');
	t.is(await all, 'heard n1 up\nheard n2 down\nheard last\n');
	t.deepEqual(heard, ['n1 up', 'n2 down', 'quiet', 'last']);
});

test('a line without end is nobody’s report', async (t) => {
	const heard: string[] = [];
	const { port } = await serve(t, (line) => {
		heard.push(line);
		return null;
	});
	for (const text of ['x'.repeat(100_000), `${'x'.repeat(5000)}\nn1 up\n`]) {
		const { socket, all } = await dial(t, port);
		socket.write(text);
		t.regex(await all, /^(error: the line is too long\n)?$/);
	}
	t.deepEqual(heard, []);
});

test('a port that is taken is told with its flag', async (t) => {
	const { port } = await serve(t, () => null);
	await t.throwsAsync(serveLines({ host: '127.0.0.1', port, flag: 'agent-listen', answer: () => null }), { code: 'E_PORT_IN_USE' });
});
