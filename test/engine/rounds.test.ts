import { createServer, type ServerResponse } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { Rounds } from '../../src/engine/rounds.js';
import { parseTarget } from '../../src/model/target.js';
import { freePort } from '../../src/platform/ports.js';
import { clock, listen, OK, raw } from '../probes/ask.js';

const open = async (t: ExecutionContext, urls: readonly string[], timeoutMs = 10_000): Promise<Rounds> => {
	const rounds = await Rounds.open(urls.map(parseTarget), { clock, timeoutMs, probe: { keepBody: true, maxBody: 10_000 } });
	t.teardown(() => rounds.close());
	return rounds;
};

test('all are asked before any has answered: each server waits for the others', async (t) => {
	const waiting: ServerResponse[] = [];
	const meeting = createServer((_, response) => {
		waiting.push(response);
		if (waiting.length === 5) for (const each of waiting.splice(0)) each.end('met');
	});
	const ports = [await listen(t, meeting)];
	const rounds = await open(
		t,
		Array.from({ length: 5 }, (_, i) => `http://127.0.0.1:${ports[0]}/${i}`),
	);
	for (let i = 0; i < 3; i++) {
		const { replies } = await rounds.ask(false);
		t.deepEqual(
			replies.map(({ target, answer, sample }) => [target.path, Buffer.from(answer.body ?? []).toString(), sample.verdict]),
			Array.from({ length: 5 }, (_, n) => [`/${n}`, 'met', 'ok']),
		);
		t.is(new Set(replies.map(({ sample }) => sample.dueMs)).size, 1);
	}
});

test('silence ends with the time, and costs the others nothing', async (t) => {
	const silent = await raw(t, () => {});
	const quick = await raw(t, (socket) => socket.on('data', () => socket.write(OK)));
	const rounds = await open(t, [`http://127.0.0.1:${silent}/`, `http://127.0.0.1:${quick}/`, `http://127.0.0.1:${await freePort()}/`], 300);
	for (let i = 0; i < 2; i++) {
		const { replies } = await rounds.ask(false);
		t.deepEqual(
			replies.map(({ sample }) => sample.reason ?? sample.verdict),
			['answer-timeout', 'ok', 'refused'],
		);
	}
});

test('a target that nobody can ask is told before anything is asked', async (t) => {
	let asked = 0;
	const port = await listen(
		t,
		createServer((_, response) => {
			asked++;
			response.end();
		}),
	);
	await t.throwsAsync(
		Rounds.open([parseTarget(`http://127.0.0.1:${port}/`), parseTarget('http://127.0.0.1:1/')], {
			clock,
			timeoutMs: 1000,
			probe: { keepBody: true, maxBody: 10, method: 'NO WAY' },
		}),
		{
			message: /--method/,
		},
	);
	t.is(asked, 0);
});
