import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connectRequests } from '../../src/control/request-client.js';
import { type Answering, requestServer } from '../../src/control/request-server.js';
import { DarumaError } from '../../src/model/errors.js';

const serve = async (t: ExecutionContext, methods: Record<string, Answering>): Promise<{ path: string; close: () => Promise<void> }> => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	const path = join(dir, 's');
	const { server, close } = requestServer(methods);
	server.listen(path);
	await once(server, 'listening');
	t.teardown(async () => {
		if (server.listening) await close();
		rmSync(dir, { recursive: true, force: true });
	});
	return { path, close };
};

test('values and errors cross whole; requests of one connection do not wait for each other', async (t) => {
	let open = (_: string): void => {};
	const gate = new Promise<string>((resolve) => {
		open = resolve;
	});
	const { path } = await serve(t, {
		echo: async (params) => params,
		slow: () => gate,
		refuse: async () => {
			throw new DarumaError('E_FAULT_PRESENT', 4, 'n2 has one', 'heal it');
		},
		bug: async () => {
			throw new TypeError('x is not a function');
		},
	});
	const client = await connectRequests(path);
	const slow = client.ask('slow');
	t.deepEqual(await client.ask('echo', { a: ['ü\n', null, 1.5] }), { a: ['ü\n', null, 1.5] });
	const refused = await t.throwsAsync<DarumaError>(client.ask('refuse'), { instanceOf: DarumaError, code: 'E_FAULT_PRESENT' });
	t.deepEqual([refused.exit, refused.message, refused.hint], [4, 'n2 has one', 'heal it']);
	t.is((await t.throwsAsync<DarumaError>(client.ask('bug'))).exit, 70);
	t.is((await t.throwsAsync<DarumaError>(client.ask('constructor'))).code, 'E_METHOD');
	open('done');
	t.is(await slow, 'done');
	client.close();
});

test('pieces come one by one; whoever leaves the loop stops them', async (t) => {
	let left = (): void => {};
	const over = new Promise<void>((resolve) => {
		left = resolve;
	});
	const { path } = await serve(t, {
		three: async function* () {
			yield* [1, 2, 3];
		},
		endless: async function* (_: never, signal: AbortSignal) {
			signal.addEventListener('abort', () => left());
			for (let i = 0; !signal.aborted; i++) {
				yield i;
				await new Promise((resolve) => setImmediate(resolve));
			}
		},
		fails: async function* () {
			yield 1;
			throw new DarumaError('E_NO_NODE', 2, 'no n9');
		},
	});
	const client = await connectRequests(path);
	const heard: unknown[] = [];
	for await (const piece of client.pieces('three')) heard.push(piece);
	t.deepEqual(heard, [1, 2, 3]);
	for await (const piece of client.pieces('endless')) if (piece === 2) break;
	await over;
	await t.throwsAsync(
		async () => {
			for await (const _ of client.pieces('fails')) heard.push(_);
		},
		{ code: 'E_NO_NODE' },
	);
	client.close();
});

test('what was begun goes on when its asker has gone; an asker whose other side goes is told', async (t) => {
	let done = (): void => {};
	const carriedOut = new Promise<void>((resolve) => {
		done = resolve;
	});
	let begun = (): void => {};
	const started = new Promise<void>((resolve) => {
		begun = resolve;
	});
	let go = (): void => {};
	const gate = new Promise<void>((resolve) => {
		go = resolve;
	});
	const { path, close } = await serve(t, {
		work: async () => {
			begun();
			await gate;
			done();
		},
		never: () => new Promise(() => {}),
	});
	const leaving = connect({ path });
	await once(leaving, 'connect');
	leaving.write('{"id":1,"method":"work","params":null}\n');
	await started;
	leaving.destroy();
	go();
	await carriedOut;
	const client = await connectRequests(path);
	await t.throwsAsync(client.ask('never', null, 20), { code: 'E_SILENT' });
	const asked = client.ask('never');
	const gone = t.throwsAsync(asked, { code: 'E_GONE' });
	await close();
	await gone;
	await t.throwsAsync(client.ask('work'), { code: 'E_GONE' });
	await t.throwsAsync(connectRequests(path), { code: 'ENOENT' });
});

test('who speaks another language is let go', async (t) => {
	const { path } = await serve(t, { echo: async (params) => params });
	for (const text of ['GET / HTTP/1.1\r\n\r\n', '[1]\n', '{"id":"one"}\n', 'null\n']) {
		const socket = connect({ path });
		socket.on('error', () => {});
		socket.write(text);
		await once(socket, 'close');
	}
	t.pass();
});
