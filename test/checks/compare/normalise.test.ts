import test from 'ava';
import { differenceOf, type Ignored, type Normal, type Normalising, normalise, parseIgnored, parsePlace } from '../../../src/checks/compare/normalise.js';

const how = (more: { headers?: string[]; ignore?: string[]; digest?: string; height?: string } = {}): Normalising => ({
	headers: more.headers ?? [],
	ignore: (more.ignore ?? []).map((text) => parseIgnored(text) as Ignored),
	digest: more.digest === undefined ? null : parsePlace(more.digest),
	height: more.height === undefined ? null : parsePlace(more.height),
});
const of = (body: string | Uint8Array | undefined, asked: Normalising = how(), more: { status?: number; headers?: Record<string, string> } = {}): Normal =>
	normalise({ status: 200, body: typeof body === 'string' ? new TextEncoder().encode(body) : body, ...more }, asked);

for (const [what, a, b, asked] of [
	['order and blanks', '{"a":1,"b":2}', '{ "b":2, "a":1 }', {}],
	['an ignored path', '{"a":1,"at":5}', '{"a":1,"at":6}', { ignore: ['$.at'] }],
	['an ignored path that one has not got', '{"a":1,"at":5}', '{"a":1}', { ignore: ['$.at'] }],
	['paths at any depth', '{"a":[{"id":1,"v":2}]}', '{"a":[{"id":9,"v":2}]}', { ignore: ['$..id'] }],
	['a pattern in text', 'served in 12ms', 'served in 7ms', { ignore: ['/\\d+ms/'] }],
	['a pattern in JSON', '{"m":"in 12ms"}', '{"m":"in 7ms"}', { ignore: ['/\\d+ms/'] }],
	['a picked value', '{"height":3,"x":1}', '{"height":3,"x":2}', { digest: '$.height' }],
	['a picked group', 'h=3 x=1', 'h=3 x=2', { digest: '/h=(\\d+)/' }],
	['a height that is taken out', '{"result":"0x10"}', '{"result":"0x11"}', { height: '$.result' }],
	['a height in text that is taken out', 'block 16', 'block 17', { height: '/block (\\d+)/' }],
] as const)
	test(`the same but for ${what}`, (t) => {
		const asked_ = how(asked as Parameters<typeof how>[0]);
		t.is(of(a, asked_).text, of(b, asked_).text);
		if (Object.keys(asked).length > 0) t.not(of(a).text, of(b).text, 'and otherwise not');
	});

test('the status is always compared, headers where they are chosen', (t) => {
	t.not(of('x').text, of('x', how(), { status: 404 }).text);
	const headers = (etag: string) => ({ headers: { etag, date: String(Math.random()) } });
	t.is(of('x', how(), headers('a')).text, of('x', how(), headers('b')).text);
	t.not(of('x', how({ headers: ['etag'] }), headers('a')).text, of('x', how({ headers: ['etag'] }), headers('b')).text);
	t.not(of('x', how({ headers: ['etag'] }), headers('a')).text, of('x', how({ headers: ['etag'] })).text);
});

test('bytes that are no text stay different', (t) => {
	t.not(of(Uint8Array.of(0xff)).text, of(Uint8Array.of(0xfe)).text);
	t.is(of(Uint8Array.of(0xff)).text, of(Uint8Array.of(0xff)).text);
});

test('an answer with nothing in it to compare', (t) => {
	t.is(normalise({}, how()).text, null);
	t.not(normalise({ status: 200 }, how()).text, null);
});

for (const [body, place, height] of [
	['{"result":"0x1b4"}', '$.result', 436],
	['{"result":12}', '$.result', 12],
	['{"result":"12"}', '$.result', 12],
	['{"result":{"sync":{"height":"-3.5"}}}', '$.result.sync.height', -3.5],
	['committed=77 ok', '/committed=(\\d+)/', 77],
	['{"result":"0xzz"}', '$.result', null],
	['{"result":null}', '$.result', null],
	['{"result":""}', '$.result', null],
	['{"result":true}', '$.result', null],
	['{}', '$.result', null],
	['no JSON', '$.result', null],
] as const)
	test(`the height ${place} of ${body}`, (t) => {
		const normal = of(body, how({ height: place }));
		t.is(normal.height, height);
		t.is(normal.missing, height === null);
	});

test('what is to be picked and is not there is told apart from what is empty', (t) => {
	t.true(of('{"a":1}', how({ digest: '$.b' })).missing);
	t.false(of('{"b":null}', how({ digest: '$.b' })).missing);
	t.false(of('{"b":""}', how({ digest: '$.b' })).missing);
});

test('wrong places and patterns', (t) => {
	for (const text of ['a', '', '/(/', '/a', '$.a[']) {
		t.is(parsePlace(text), null, text);
		t.is(parseIgnored(text), null, text);
	}
});

for (const [a, b, headers, found] of [
	[of('x', how(), { status: 500 }), of('x'), [], 'status 500, where others say 200'],
	[of('x', how({ headers: ['etag'] })), of('x', how({ headers: ['etag'] }), { headers: { etag: 'b' } }), ['etag'], 'etag: missing, where others say b'],
	[of('{"a":1}'), of('{"a":2}'), [], '$.a: 1, where others say 2'],
	[of('one'), of('two'), [], '"one", where others say "two"'],
	[of('{"a":1}'), of('broken'), [], '"{\\"a\\":1}", where others say "broken"'],
] as const)
	test(`the difference is told: ${found}`, (t) => {
		t.is(differenceOf(a, b, headers), found);
	});
