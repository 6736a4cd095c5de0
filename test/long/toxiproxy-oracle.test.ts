import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { type Rng, rng as seeded } from '../../src/model/rng.js';
import { serveProxy } from '../../src/proxy/api/serve.js';
import { exerciseVerbs } from '../e2e/proxy-verbs.js';
import { ask, type Question } from '../proxy/api/ask.js';
import { exerciseApi, exerciseData } from '../proxy/api/node-client.js';
import { CONVERSATION, RECORDED } from '../proxy/api/questions.js';
import { type Side, short, side, tell } from '../proxy/api/sides.js';
import { findToxiproxy, startToxiproxy } from './toxiproxy-server.js';

const found = findToxiproxy();
if ('why' in found) console.log(`skipped: ${found.why}`);
const oracle = 'why' in found ? test.skip : test;

const toxic = (body: string): Question => ({ method: 'POST', path: '/proxies/p/toxics', body });

const both = async (t: { teardown(fn: () => Promise<void>): void }): Promise<{ real: Side; ours: Side }> => {
	const server = await startToxiproxy((found as { binary: string }).binary);
	t.teardown(server.stop);
	const mine = await serveProxy({ port: 0 });
	t.teardown(mine.close);
	return { real: await side(server.url), ours: await side(mine.url) };
};

/** Where the two differ. */
const compare = async ({ real, ours }: { real: Side; ours: Side }, questions: readonly Question[]): Promise<string[]> => {
	const differences: string[] = [];
	for (const question of questions) {
		const [theirs, mine] = [await tell(real, question), await tell(ours, question)].map((reply) => JSON.stringify(reply));
		if (theirs !== mine) differences.push(`${short(question)}\n  ours     ${mine?.slice(0, 1000)}\n  theirs   ${theirs?.slice(0, 1000)}`);
	}
	return differences;
};

oracle('the conversation of all tables is answered byte for byte as Toxiproxy answers it', async (t) => {
	const sides = await both(t);
	const differences = await compare(sides, CONVERSATION);
	t.is(differences.length, 0, `${differences.length} of ${CONVERSATION.length} differ from the real server:\n${differences.slice(0, 20).join('\n')}`);
});

oracle('the recorded conversation, which the other tests compare with, is what the real server says', async (t) => {
	const { real } = await both(t);
	const lines: string[] = [];
	for (const question of CONVERSATION) lines.push(JSON.stringify({ question: short(question), answer: await tell(real, question) }));
	const text = `${lines.join('\n')}\n`;
	if (process.env.DARUMA_RECORD) writeFileSync(RECORDED, text);
	t.true(readFileSync(RECORDED, 'utf8') === text, 'record it anew with DARUMA_RECORD=1');
});

/** Bodies as a broken or malicious client might make them: bytes lost, doubled, replaced, swapped with pieces of JSON. */
const mutated = (body: string, rng: Rng): string => {
	const pieces = [
		'"',
		'{',
		'}',
		'[',
		']',
		',',
		':',
		'null',
		'true',
		'0',
		'-',
		'1e5',
		'1.5',
		'\\',
		'\\u00e9',
		' ',
		'é',
		'<',
		'"attributes":',
		'"name":',
		'\u0001',
		'9',
	];
	let text = body;
	const times = 1 + Math.floor(rng.next() * 3);
	for (let i = 0; i < times; i++) {
		const at = Math.floor(rng.next() * (text.length + 1));
		const piece = pieces[Math.floor(rng.next() * pieces.length)] as string;
		const cut = Math.floor(rng.next() * 4);
		text = text.slice(0, at) + (rng.next() < 0.6 ? piece : '') + text.slice(at + cut);
		if (rng.next() < 0.1) text = text.slice(0, at);
	}
	return text;
};

const disabled = (body: string): number => body.split('"enabled":false').length;

const SEEDS: readonly Question[] = [
	{
		method: 'POST',
		path: '/proxies/p/toxics',
		body: '{"name":"t","type":"latency","stream":"upstream","toxicity":0.5,"attributes":{"latency":100,"jitter":10}}',
	},
	{ method: 'POST', path: '/proxies/p/toxics', body: '{"type":"limit_data","attributes":{"bytes":1000}}' },
	{ method: 'PATCH', path: '/proxies/p/toxics/kept', body: '{"toxicity":0.25,"attributes":{"timeout":5}}' },
	{ method: 'POST', path: '/proxies', body: '{"name":"n","listen":"127.0.0.1:0","upstream":"u:1","enabled":false}' },
	{ method: 'PATCH', path: '/proxies/off', body: '{"upstream":"other:5","enabled":false,"Logger":{}}' },
	{
		method: 'POST',
		path: '/populate',
		body: '[{"name":"n","listen":"127.0.0.1:0","upstream":"u:1","enabled":false},{"name":"o","upstream":"x","enabled":false}]',
	},
];

oracle('seeded mutations of bodies are answered alike', async (t) => {
	const sides = await both(t);
	const rng = seeded(20_261_123);
	const setUp: Question[] = [
		{ method: 'POST', path: '/proxies', body: '{"name":"p","listen":"127.0.0.1:{b}","upstream":"u:1"}' },
		{ method: 'POST', path: '/proxies', body: '{"name":"off","listen":"127.0.0.1:{c}","upstream":"u:1","enabled":false}' },
		{ method: 'POST', path: '/proxies/p/toxics', body: '{"name":"kept","type":"timeout"}' },
	];
	t.deepEqual(await compare(sides, setUp), []);
	const differences: string[] = [];
	for (let i = 0; i < 1200; i++) {
		const seed = SEEDS[i % SEEDS.length] as Question;
		const question = { ...seed, body: mutated(String(seed.body), rng.fork(String(i))) };
		// An enabled proxy would listen on whatever port the mutation made of it, which only one of the two can have.
		if (disabled(question.body) !== disabled(String(seed.body))) continue;
		differences.push(...(await compare(sides, [question, { method: 'GET', path: '/proxies' }])));
		await forget(sides);
	}
	t.is(differences.length, 0, differences.slice(0, 10).join('\n'));
});

/** Back to the same start on both: what one mutation made is no matter of the next. */
const forget = async ({ real, ours }: { real: Side; ours: Side }): Promise<void> => {
	for (const { url } of [real, ours]) {
		const proxies = JSON.parse((await ask(url, { method: 'GET', path: '/proxies' })).body) as Record<string, { toxics: { name: string }[] }>;
		for (const name of Object.keys(proxies))
			if (name !== 'p' && name !== 'off') await ask(url, { method: 'DELETE', path: `/proxies/${encodeURIComponent(name)}` });
		for (const { name } of proxies.p?.toxics ?? []) await ask(url, { method: 'DELETE', path: `/proxies/p/toxics/${encodeURIComponent(name)}` });
		await ask(url, { method: 'POST', path: '/proxies/p/toxics', body: '{"name":"kept","type":"timeout"}' });
	}
};

/** What we do otherwise on purpose: docs/proxy.md tells each. */
const ON_PURPOSE: readonly [what: string, before: readonly Question[], asked: Question, theirs: RegExp, ours: RegExp][] = [
	['a slicer without a size would end their process', [], toxic('{"type":"slicer"}'), /^200 /, /^400 .*average_size/],
	['a negative rate would end their process', [], toxic('{"type":"bandwidth","attributes":{"rate":-1}}'), /^200 /, /^400 .*rate/],
	[
		'an empty listen is loopback',
		[],
		{ method: 'POST', path: '/proxies', body: '{"name":"n","upstream":"u:1"}' },
		/"listen":"\[::\]:\d+"/,
		/"listen":"127\.0\.0\.1:\d+"/,
	],
	['web pages are refused', [], { method: 'GET', path: '/version', headers: { Origin: 'http://localhost' } }, /^200 /, /^403 .*Origin/],
	['a foreign host is refused', [], { method: 'GET', path: '/version', headers: { Host: 'evil.example.com' } }, /^200 /, /^403 .*Host/],
	['metrics are always there', [], { method: 'GET', path: '/metrics' }, /^404 /, /^200 /],
	[
		'toxics in populate are set',
		[],
		{ method: 'POST', path: '/populate', body: '[{"name":"n","upstream":"u:1","toxics":[{"type":"noop"}]}]' },
		/"toxics":\[\]/,
		/"name":"noop_downstream"/,
	],
	[
		'a refused update changes nothing',
		[toxic('{"type":"latency"}'), { method: 'PATCH', path: '/proxies/p/toxics/latency_downstream', body: '{"attributes":{"latency":5,"jitter":"x"}}' }],
		{ method: 'GET', path: '/proxies/p/toxics' },
		/"latency":5/,
		/"latency":0/,
	],
];

for (const [what, before, asked, theirs, ours] of ON_PURPOSE) {
	oracle(`on purpose: ${what}`, async (t) => {
		const sides = await both(t);
		for (const [on, expected] of [
			[sides.real, theirs],
			[sides.ours, ours],
		] as const) {
			await ask(on.url, { method: 'POST', path: '/proxies', body: '{"name":"p","listen":"127.0.0.1:0","upstream":"u:1"}' });
			for (const question of before) await ask(on.url, question);
			const { status, body } = await ask(on.url, asked);
			t.regex(`${status} ${body}`, expected);
		}
	});
}

oracle('the published Node client sees of the real server what our tests ask of ours', async (t) => {
	const server = await startToxiproxy((found as { binary: string }).binary);
	t.teardown(server.stop);
	await exerciseApi(t, server.url);
	await exerciseData(t, server.url);
});

oracle('the verbs drive the real server as they drive ours', async (t) => {
	const server = await startToxiproxy((found as { binary: string }).binary);
	t.teardown(server.stop);
	await exerciseVerbs(t, server.url);
});
