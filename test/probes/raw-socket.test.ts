import { once } from 'node:events';
import type { Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { findRawHandles, rawHandles } from '../../src/platform/raw-handles.js';
import type { Answer } from '../../src/probes/probe.js';
import { askAll, canned, OK, type Options, raw } from './ask.js';

/** What of an answer does not depend on the time of day. */
const told = ({ verdict, reason, detail, status, fresh, address, bytes, phases }: Answer) => ({
	verdict,
	reason,
	detail,
	status,
	fresh,
	address,
	bytes,
	phases: Object.entries(phases)
		.filter(([, ms]) => ms !== null)
		.map(([name]) => name),
});

interface Scenario {
	options?: Options;
	/** Resolves to the URL that is asked. */
	url(t: ExecutionContext): Promise<string>;
	expected: Partial<Answer>[];
}

const BIG = 300_000;
const http = (port: number): string => `http://127.0.0.1:${port}/`;
const once200 = async (t: ExecutionContext, then: (socket: Socket) => void): Promise<string> => http(await canned(t, OK, then));

const SCENARIOS: Record<string, Scenario> = {
	'a kept connection': {
		options: { times: 3 },
		url: (t) => once200(t, () => {}),
		expected: [
			{ verdict: 'ok', fresh: true },
			{ verdict: 'ok', fresh: false },
			{ verdict: 'ok', fresh: false },
		],
	},
	'a kept connection that was closed meanwhile is made anew': {
		options: { times: 2 },
		url: (t) => once200(t, (socket) => socket.end()),
		expected: [{ verdict: 'ok' }, { verdict: 'ok', fresh: true }],
	},
	'each on its own connection, closed by RST': {
		options: { times: 3, fresh: true, more: { connection: 'close', close: 'rst' } },
		url: (t) => once200(t, () => {}),
		expected: [{ fresh: true }, { fresh: true }, { fresh: true }],
	},
	'an answer in many reads': {
		url: async (t) => http(await canned(t, `HTTP/1.1 200 OK\r\ncontent-length: ${BIG}\r\n\r\n${'x'.repeat(BIG)}`)),
		options: { maxBody: BIG },
		expected: [{ verdict: 'ok', status: 200 }],
	},
	'a question that the kernel does not take at once': {
		options: { body: 'x'.repeat(8_000_000) },
		url: async (t) =>
			http(
				await raw(t, (socket) => {
					let left = 8_000_000;
					socket.pause();
					setTimeout(() => socket.resume(), 50);
					socket.on('data', (chunk) => {
						left -= chunk.length;
						if (left <= 0) socket.end(OK);
					});
				}),
			),
		expected: [{ verdict: 'ok' }],
	},
	refused: { url: async () => http(await freePort()), expected: [{ reason: 'refused' }] },
	'closed without a word': { url: async (t) => http(await raw(t, (socket) => socket.end())), expected: [{ reason: 'closed' }] },
	reset: { url: async (t) => http(await raw(t, (socket) => socket.once('data', () => socket.resetAndDestroy()))), expected: [{ reason: 'reset' }] },
	silent: { options: { timeoutMs: 60 }, url: async (t) => http(await raw(t, () => {})), expected: [{ reason: 'answer-timeout' }] },
	'tcp: reached': { options: { times: 2 }, url: async (t) => `tcp://127.0.0.1:${await raw(t, () => {})}`, expected: [{ verdict: 'ok' }, { verdict: 'ok' }] },
	'tcp: said and heard': {
		url: async (t) => `tcp://127.0.0.1:${await canned(t, '+PONG\r\n')}?send=PING\\r\\n&expect=PONG`,
		expected: [{ verdict: 'ok' }],
	},
	'tcp over IPv6': { url: async (t) => `tcp://[::1]:${await raw(t, () => {}, '::1')}`, expected: [{ verdict: 'ok', address: '::1' }] },
};
for (const [name, { options, url, expected }] of Object.entries(SCENARIOS)) {
	test(`${name}: as with a Socket`, async (t) => {
		const handles = await rawHandles();
		t.truthy(handles, 'this Node has no raw handles');
		const found: Answer[][] = [];
		for (const each of [handles, null]) {
			// One place for both: what they say of it must be the same.
			const at = await url(t);
			const answers = await askAll(at, { ...options, raw: each });
			for (const [i, some] of expected.entries()) t.like(answers[i], some);
			const port = /:(\d+)(?:[/?]|$)/.exec(at)?.[1] as string;
			found.push(answers.map((answer) => ({ ...answer, ...(answer.detail !== undefined && { detail: answer.detail.replace(port, 'PORT') }) })));
		}
		const [below, above] = found as [Answer[], Answer[]];
		// The length of the port is part of a request.
		const plain = (answers: Answer[]) => answers.map((answer) => ({ ...told(answer), bytes: { received: answer.bytes.received } }));
		t.deepEqual(plain(below), plain(above));
	});
}

test('by RST where asked, else by FIN, and the other side sees which', async (t) => {
	for (const close of ['rst', 'fin']) {
		const ends: string[] = [];
		let gone: Promise<unknown> = Promise.resolve();
		const port = await raw(t, (socket) => {
			socket
				.on('error', (error: NodeJS.ErrnoException) => ends.push(String(error.code)))
				.on('end', () => ends.push('end'))
				.resume();
			gone = once(socket, 'close').catch(() => {});
		});
		await askAll(`tcp://127.0.0.1:${port}?close=${close}`, { raw: await rawHandles() });
		while (ends.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
		await gone;
		t.deepEqual(ends, [close === 'rst' ? 'ECONNRESET' : 'end']);
	}
});

test('closed while it connects, while it waits and after its answer: nothing is heard, nothing stays open', async (t) => {
	const handles = await rawHandles();
	const { RawSocket } = await import('../../src/probes/raw-socket.js');
	if (!handles) return t.fail('this Node has no raw handles');
	let open = 0;
	const port = await raw(t, (socket) => {
		open++;
		socket.on('close', () => open--).resume();
		socket.write('hello');
	});
	const heard: string[] = [];
	const buffer = Buffer.alloc(100);
	const dial = (then: (socket: InstanceType<typeof RawSocket>) => void) =>
		new RawSocket(handles, { address: '127.0.0.1', family: 4, port }, buffer, {
			reached: (socket) => {
				heard.push('reached');
				then(socket);
			},
			received: (_, length) => heard.push(`received ${length}`),
			finished: () => heard.push('finished'),
			broke: (_, error) => heard.push(String(error.code)),
		});
	dial(() => {}).close(false);
	dial(() => {}).close(true);
	await new Promise((resolve) => setTimeout(resolve, 20));
	t.deepEqual(heard, []);
	await new Promise<void>((resolve) => {
		dial((socket) => {
			socket.close(true);
			socket.close(false);
			socket.write(buffer);
			resolve();
		});
	});
	const last = dial(() => {});
	while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
	last.close(false);
	while (open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
	t.deepEqual(heard, ['reached', 'reached', 'received 5']);
});

test('a Node whose sockets are made otherwise has none', async (t) => {
	class Other {
		connect() {
			return this;
		}
		on() {
			return this;
		}
		destroy() {}
	}
	t.is(await findRawHandles(Other as never), null);
});
