import { createServer } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { type Normalising, parseIgnored, parsePlace } from '../../src/checks/compare/normalise.js';
import type { ProbeResult } from '../../src/checks/probe/result.js';
import { runCompare } from '../../src/engine/compare.js';
import { parseTarget } from '../../src/model/target.js';
import { freePort } from '../../src/platform/ports.js';
import { clock, listen } from '../probes/ask.js';

type Replica = (nth: number) => { status?: number; body: string } | null;

const replica = async (t: ExecutionContext, answer: Replica): Promise<string> => {
	let nth = 0;
	const port = await listen(
		t,
		createServer((request, response) => {
			request.resume();
			const said = answer(nth++);
			if (said === null) return request.socket.destroy();
			response.statusCode = said.status ?? 200;
			response.end(said.body);
		}),
	);
	return `http://127.0.0.1:${port}/`;
};

const HOW: Normalising = { headers: [], ignore: [], digest: null, height: null };
const compare = (urls: readonly string[], more: Partial<Parameters<typeof runCompare>[1]> = {}): Promise<ProbeResult> =>
	runCompare(urls.map(parseTarget), {
		count: 3,
		intervalMs: 5,
		timeoutMs: 10_000,
		fresh: false,
		seed: 1,
		each: [],
		all: [],
		probe: { maxBody: 100_000 },
		clock,
		how: HOW,
		maxLag: 0,
		...more,
	});
const replicas = (t: ExecutionContext, ...answers: Replica[]): Promise<string[]> => Promise.all(answers.map((answer) => replica(t, answer)));
const stands = ({ agreement }: ProbeResult): string => agreement?.endpoints.map(({ verdict }) => verdict).join(' ') ?? '';

test('live: volatile fields aside, three replicas agree; and what it cost is counted', async (t) => {
	const same: Replica = (nth) => ({ body: JSON.stringify({ at: Math.random(), nth: nth + Math.random(), v: [1, { a: 2 }] }) });
	const other: Replica = () => ({ body: `{ "v": [1, {"a":2}],\n "at": "now" }` });
	const urls = await replicas(t, same, other, same);
	const how = { ...HOW, ignore: [parseIgnored('$.at'), parseIgnored('$..nth')].flatMap((each) => each ?? []) };
	const result = await compare(urls, { how, count: 6 });
	t.is(result.verdict, 'pass', result.agreement?.why);
	t.is(stands(result), 'agrees agrees agrees');
	t.deepEqual([result.agreement?.rounds, result.agreement?.askedAgain, result.cost?.requests], [6, 0, 18]);
	const bytes = result.endpoints.reduce((n, each) => n + each.bytes.sent + each.bytes.received, 0);
	t.is((result.cost?.bytesSent ?? 0) + (result.cost?.bytesReceived ?? 0), bytes);
	t.true((result.cost?.windowMs ?? 0) >= 25);
	const { delay } = result.agreement as NonNullable<ProbeResult['agreement']>;
	t.is(delay.rounds, 5, 'the first round made the connections');
	t.true(delay.allAddsMs.p50 !== null && delay.majorityAddsMs.p50 !== null && delay.majorityAddsMs.p50 <= (delay.allAddsMs.max as number));
	t.is((await compare(urls)).verdict, 'fail', 'without ignoring them they differ');
});

test('live: the one that answers in time and wrongly is named, with where', async (t) => {
	const good: Replica = () => ({ body: '{"balance":7,"owner":"x"}' });
	const urls = await replicas(t, good, () => ({ body: '{"balance":5,"owner":"x"}' }), good);
	const result = await compare(urls);
	t.is(result.verdict, 'fail');
	t.is(stands(result), 'agrees dissents agrees');
	t.regex(result.agreement?.endpoints[1]?.why ?? '', /\$\.balance: 5, where others say 7/);
	t.is(result.agreement?.askedAgain, 3);
	t.is(result.endpoints.find(({ endpoint }) => endpoint === urls[1])?.state, 'up', 'no probe would have seen it');
});

test('live: a difference that is gone when asked again is told apart', async (t) => {
	const good: Replica = () => ({ body: 'new' });
	const result = await compare(await replicas(t, good, (nth) => ({ body: nth === 1 ? 'old' : 'new' }), good));
	t.is(result.verdict, 'pass', result.agreement?.why);
	t.deepEqual(
		result.agreement?.endpoints.map(({ transient }) => transient),
		[0, 1, 0],
	);
	t.deepEqual([result.agreement?.askedAgain, result.agreement?.differences[0]?.lasting, result.agreement?.differences[0]?.round], [1, false, 2]);
});

test('live: a status is an answer; a broken connection is none', async (t) => {
	const good: Replica = () => ({ body: 'ok' });
	const wrong = await compare(await replicas(t, good, good, () => ({ status: 404, body: 'ok' })));
	t.is(stands(wrong), 'agrees agrees dissents');
	t.regex(wrong.agreement?.endpoints[2]?.why ?? '', /status 404, where others say 200/);
	const broken = await compare(await replicas(t, good, good, () => null));
	t.is(stands(broken), 'agrees agrees silent');
	t.is(broken.agreement?.verdict, 'inconclusive');
	t.is(broken.verdict, 'fail', 'it is down');
});

test('live: who is behind lags, by hex and by decimal', async (t) => {
	const at =
		(height: unknown): Replica =>
		() => ({ body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: height }) });
	const how = { ...HOW, height: parsePlace('$.result') };
	const urls = await replicas(t, at('0x64'), at(98), at('90'));
	const lagging = await compare(urls, { how, maxLag: 5 });
	t.is(stands(lagging), 'agrees agrees lags');
	t.deepEqual(
		lagging.agreement?.endpoints.map(({ lag }) => lag),
		[0, 2, 10],
	);
	t.is((await compare(urls, { how, maxLag: 10 })).verdict, 'pass');
});

test('live: two that differ are not accused, and one alone decides nothing', async (t) => {
	const two = await compare(
		await replicas(
			t,
			() => ({ body: 'a' }),
			() => ({ body: 'b' }),
		),
	);
	t.deepEqual([two.verdict, stands(two)], ['fail', 'differs differs']);
	t.regex(two.agreement?.why ?? '', /nobody can be accused/);
	const one = await compare([...(await replicas(t, () => ({ body: 'a' }))), `http://127.0.0.1:${await freePort()}/`]);
	t.deepEqual([one.agreement?.verdict, stands(one)], ['inconclusive', 'alone silent']);
});

test('live: interrupted, it tells what it has', async (t) => {
	const abort = new AbortController();
	const urls = await replicas(
		t,
		() => ({ body: 'a' }),
		() => ({ body: 'a' }),
	);
	let samples = 0;
	const result = await compare(urls, {
		count: 1_000_000,
		intervalMs: 1,
		signal: abort.signal,
		onSample: () => void (++samples === 20 && abort.abort('SIGINT')),
	});
	t.true((result.agreement?.rounds ?? 0) >= 9);
	t.is(stands(result), 'agrees agrees');
});

test('one target, or one twice, cannot be compared', async (t) => {
	await t.throwsAsync(compare(['http://127.0.0.1:1/']), { message: /at least two/ });
	await t.throwsAsync(compare(['http://127.0.0.1:1/', 'http://127.0.0.1:1/']), { message: /named twice/ });
});
