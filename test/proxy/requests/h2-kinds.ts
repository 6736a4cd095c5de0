import * as http2 from 'node:http2';
import type { ExecutionContext } from 'ava';
import { type Rng, rng } from '../../../src/model/rng.js';
import { type Answer, ask, between, listening, session } from './h2-stage.js';

const filler = (n: number, length: number): Buffer => Buffer.alloc(length, `${n}.`);

/** Does what the request's headers say: every way in which a stream can go. */
const server = async (t: ExecutionContext, settings: http2.Settings): Promise<{ port: number; aborted: Map<string, number> }> => {
	const aborted = new Map<string, number>();
	const made = http2.createServer({ settings, maxSessionMemory: 100 });
	const sessions = new Set<http2.ServerHttp2Session>();
	t.teardown(() => {
		for (const s of sessions) s.destroy();
	});
	made.on('session', (s) => sessions.add(s).size && s.on('error', () => {}));
	made.on('stream', (stream, head) => {
		const n = Number(head['x-n']);
		const length = Number(head['x-length'] ?? 0);
		stream.on('error', () => {});
		stream.on('close', () => stream.rstCode !== 0 && aborted.set(String(n), stream.rstCode));
		const kind = head['x-kind'];
		let received = 0;
		stream.on('data', (b: Buffer) => {
			received += b.length;
		});
		let trailers = '';
		stream.on('trailers', (h) => {
			trailers = String(h['x-sum']);
		});
		if (kind === 'reset') {
			stream.close(Number(head['x-code']));
			return;
		}
		if (kind === 'early') {
			// A whole answer before the request's end, which is not wanted then.
			stream.respond({ ':status': 413, 'x-n': n });
			stream.end('too much');
			return;
		}
		stream.on('end', () => {
			if (kind === 'hints') stream.additionalHeaders({ ':status': 103, link: '</x>; rel=preload' });
			if (kind === 'push' && stream.pushAllowed) {
				stream.pushStream({ ':path': `/pushed/${n}` }, (error, pushed) => {
					if (error) return;
					pushed.on('error', () => {});
					pushed.respond({ ':status': 200 });
					pushed.end(filler(n, 100));
				});
			}
			stream.respond(
				{ ':status': 200, 'x-n': n, 'x-received': received, 'x-trailers': trailers, 'x-path': head[':path'] ?? '' },
				{ waitForTrailers: kind === 'trailers' },
			);
			stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': `${n}` }));
			if (kind === 'cut') {
				stream.write(filler(n, length));
				setImmediate(() => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
			} else stream.end(filler(n, length));
		});
	});
	return { port: await listening(t, made), aborted };
};

interface Wish {
	kind: string;
	n: number;
	length: number;
	body: number;
	code: number;
}
const KINDS = ['plain', 'plain', 'plain', 'trailers', 'hints', 'reset', 'cancel', 'early', 'sum', 'push', 'cut'];
const wishes = (chance: Rng, count: number): Wish[] =>
	Array.from({ length: count }, (_, n) => ({
		kind: KINDS[Math.floor(chance.next() * KINDS.length)] as string,
		n,
		length: Math.floor(chance.next() ** 6 * 300_000),
		body: chance.next() < 0.5 ? -1 : Math.floor(chance.next() ** 6 * 200_000),
		code: 1 + Math.floor(chance.next() * 13),
	}));

const run = (client: http2.ClientHttp2Session, { kind, n, length, body, code }: Wish, chance: Rng): Promise<Answer> => {
	const headers: http2.OutgoingHttpHeaders = {
		':path': `/${kind}?${n}`,
		':method': body >= 0 ? 'POST' : 'GET',
		'x-n': n,
		'x-kind': kind,
		'x-length': length + (kind === 'cancel' ? 100_000 : 0),
		'x-code': code,
		'x-filler': 'f'.repeat(Math.floor(chance.next() ** 8 * 20_000)),
	};
	if (kind === 'early') return ask(client, headers, { body: filler(n, Math.max(body, 0)) });
	if (kind === 'cancel') return ask(client, headers, { cancelAfter: Math.floor(chance.next() * 50_000) });
	return ask(client, headers, { ...(body >= 0 && { body: filler(n, body) }), ...(kind === 'sum' && { trailers: { 'x-sum': `s${n}` } }) });
};

/** What a client must have seen, with whatever between it and the server that changes nothing. */
const verify = (t: ExecutionContext, { kind, n, length, body, code }: Wish, answer: Answer): void => {
	const where = `${n} ${kind} ${JSON.stringify({ ...answer, body: answer.body.length, headers: undefined })}`;
	if (kind === 'reset') {
		t.is(answer.status, 0, where);
		t.is(answer.reset, code, where);
		return;
	}
	if (kind === 'early') {
		t.is(answer.status, 413, where);
		t.is(answer.body, 'too much', where);
		return;
	}
	t.is(answer.status, 200, where);
	t.is(answer.headers['x-n'], String(n), where);
	if (kind !== 'cancel') t.is(answer.headers['x-received'], String(Math.max(0, body)), where);
	if (kind === 'cancel') t.is(answer.reset, 8, where);
	else if (kind === 'cut') {
		// Node may take its own reset for an end; so it does without anything between.
		t.true(answer.reset === 2 || answer.reset === 0, where);
		t.true(filler(n, length).toString('latin1').startsWith(answer.body), where);
	} else {
		t.is(answer.reset, 0, where);
		if (answer.body !== filler(n, length).toString('latin1')) t.fail(`${where}: another body`);
	}
	if (kind === 'hints') t.deepEqual(answer.interim, [103], where);
	if (kind === 'trailers') t.is(answer.trailers['x-end'], String(n), where);
	if (kind === 'sum') t.is(answer.headers['x-trailers'], `s${n}`, where);
};

export const SETTINGS: [string, http2.Settings, http2.Settings][] = [
	['as they are', {}, {}],
	['small windows', { initialWindowSize: 1000 }, { initialWindowSize: 3000 }],
	['large windows and frames', { initialWindowSize: 2 ** 20, maxFrameSize: 100_000 }, { initialWindowSize: 2 ** 22, maxFrameSize: 2 ** 20 }],
	['no tables', { headerTableSize: 0 }, { headerTableSize: 0 }],
	['large tables', { headerTableSize: 60_000 }, { headerTableSize: 30_000 }],
	['no push', { enablePush: false }, {}],
];

/** `count` streams of every kind over one connection, 50 at a time; `asked`: each is decided about, to leave it alone. */
export const streamsOfEveryKind = async (
	t: ExecutionContext,
	seed: number,
	count: number,
	mine: http2.Settings,
	theirs: http2.Settings,
	asked: boolean,
): Promise<void> => {
	const chance = rng(seed);
	const { port } = await server(t, { ...theirs, maxConcurrentStreams: 200 });
	const { port: at, opaque, facts } = await between(t, port, { ...(asked && { decide: () => ({}) }), cuts: seed });
	const client = session(t, at, { settings: mine, maxSessionMemory: 100 });
	const pushed: Promise<string>[] = [];
	client.on('stream', (stream: http2.ClientHttp2Stream, head) => {
		pushed.push(
			new Promise((resolve) => {
				let body = '';
				stream.setEncoding('latin1').on('data', (text: string) => {
					body += text;
				});
				stream.on('error', () => {});
				stream.on('close', () => resolve(`${head[':path']} ${body}`));
			}),
		);
	});
	const all = wishes(chance, count);
	const answers: Answer[] = [];
	for (let from = 0; from < all.length; from += 50) answers.push(...(await Promise.all(all.slice(from, from + 50).map((wish) => run(client, wish, chance)))));
	for (const [n, wish] of all.entries()) verify(t, wish, answers[n] as Answer);
	const expected = all.filter(({ kind }) => kind === 'push').map(({ n }) => `/pushed/${n} ${filler(n, 100).toString('latin1')}`);
	t.deepEqual((await Promise.all(pushed)).sort(), mine.enablePush === false ? [] : expected.sort());
	t.deepEqual(opaque, []);
	t.is(facts.length, asked ? all.length : 0);
	await new Promise<void>((resolve, reject) => client.ping((error) => (error ? reject(error) : resolve())));
	await new Promise<void>((resolve) => client.close(() => resolve()));
};
