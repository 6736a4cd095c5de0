import test from 'ava';
import { parsePointer, readPointer, setPointer } from '../../src/model/json-pointer.js';

test('what is a pointer to a part', (t) => {
	t.deepEqual(parsePointer('/a/b'), ['a', 'b']);
	t.deepEqual(parsePointer('/a~1b/c~0d/~01'), ['a/b', 'c~d', '~1']);
	t.deepEqual(parsePointer('/'), ['']);
	for (const wrong of ['', 'a', '/a~2', '~']) t.is(parsePointer(wrong), null, wrong);
});

for (const [json, pointer, value] of [
	['{"a":{"b":"x"}}', '/a/b', 'x'],
	['{"a":[1,2]}', '/a/1', '2'],
	['{"a":null}', '/a', null],
	['{"a":{}}', '/a', null],
	['{"a":1}', '/b', null],
	['{"a":1}', '/toString', null],
	['no json', '/a', null],
] as const)
	test(`${pointer} of ${json}`, (t) => t.is(readPointer(json, pointer), value));

for (const [json, pointer, after] of [
	['{"a":1}', '/id', '{"a":1,"id":"r1"}'],
	['{}', '/a/b', '{"a":{"b":"r1"}}'],
	['{"a":{"b":"x","c":1}}', '/a/b', '{"a":{"b":"r1","c":1}}'],
	['[{"a":1}]', '/0/id', '[{"a":1,"id":"r1"}]'],
	['{}', '/__proto__', '{"__proto__":"r1"}'],
	['{"a":1}', '/a/b', undefined],
	['"text"', '/a', undefined],
	['text', '/a', undefined],
] as const)
	test(`${pointer} set in ${json}`, (t) => t.is(setPointer(json, pointer, 'r1'), after));
