import test from 'ava';
import { canonical, firstDifference, parseExact } from '../../../src/checks/compare/json.js';

const text = (json: string): string | null => canonical(parseExact(json));

for (const [a, b] of [
	['{"b":1,"a":[1,2]}', '{ "a": [1, 2],\n"b": 1 }'],
	['{"a":1.0}', '{"a":1e0}'],
	['"\\u0041"', '"A"'],
	['[100000000000000000000000]', '[ 100000000000000000000000 ]'],
	['{"a":{"z":null,"y":[]}}', '{"a":{"y":[],"z":null}}'],
] as const)
	test(`${a} is ${b}`, (t) => {
		t.not(text(a), null);
		t.is(text(a), text(b));
	});

for (const [a, b] of [
	['{"a":1}', '{"a":2}'],
	['{"a":1}', '{"a":"1"}'],
	['[1,2]', '[2,1]'],
	['{"a":null}', '{}'],
	['{"height":9007199254740993}', '{"height":9007199254740992}'],
	['[0.12345678901234567]', '[0.12345678901234568]'],
	['[-9007199254740993]', '[-9007199254740992]'],
	['{"id":"9007199254740993"}', '{"id":9007199254740993}'],
	['[1e400]', '[2e400]'],
	['[1e400]', '[null]'],
	['[1e-400]', '[0]'],
] as const)
	test(`${a} is not ${b}`, (t) => {
		t.not(text(a), text(b));
	});

test('digits inside of texts are left alone', (t) => {
	t.is(text('{"a":"x 1234567890123456789 \\" 12345678901234567890"}'), '{"a":"x 1234567890123456789 \\" 12345678901234567890"}');
});

test('what is no JSON, or too deep for us', (t) => {
	for (const each of ['', 'ok', '{', '{"a":1}x', 'NaN']) t.is(parseExact(each), undefined);
	t.is(text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), null);
	t.not(text(`${'['.repeat(100)}${']'.repeat(100)}`), null);
});

for (const [own, other, found] of [
	[{ a: { b: [1, 5] } }, { a: { b: [1, 7] } }, '$.a.b[1]: 5, where others say 7'],
	[{ a: 1 }, { a: 1, b: 2 }, '$.b: nothing, where others say 2'],
	[{ 'x y': 1 }, { 'x y': 'no' }, '$["x y"]: 1, where others say "no"'],
	[[1], { 0: 1 }, '$: [1], where others say {"0":1}'],
	[{ a: 1 }, { a: 1 }, null],
] as const)
	test(`where ${JSON.stringify(own)} and ${JSON.stringify(other)} part`, (t) => {
		t.is(firstDifference(own, other), found);
	});
