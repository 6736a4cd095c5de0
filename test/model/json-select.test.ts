import test from 'ava';
import { dropSelected, parseJsonSelect } from '../../src/model/json-select.js';

const dropped = (document: unknown, path: string): unknown => {
	const copy = structuredClone(document);
	dropSelected(copy, parseJsonSelect(path) ?? []);
	return copy;
};

for (const [path, before, after] of [
	['$.a', { a: 1, b: 2 }, { b: 2 }],
	['$.a.b', { a: { b: 1, c: 2 } }, { a: { c: 2 } }],
	['$["odd name"]', { 'odd name': 1, b: 2 }, { b: 2 }],
	["$['x'].y", { x: { y: 1 } }, { x: {} }],
	['$.list[*].id', { list: [{ id: 1, v: 1 }, { id: 2 }, 3] }, { list: [{ v: 1 }, {}, 3] }],
	['$.*.at', { a: { at: 1 }, b: { at: 2, c: 3 } }, { a: {}, b: { c: 3 } }],
	['$..at', { at: 1, a: [{ at: 2, b: { at: { at: 3 } } }] }, { a: [{ b: {} }] }],
	['$.a..at', { at: 1, a: { x: { at: 1 } } }, { at: 1, a: { x: {} } }],
	['$..meta.at', { meta: { at: 1, b: 2 }, x: [{ meta: { at: 3 } }] }, { meta: { b: 2 }, x: [{ meta: {} }] }],
	['$.list[1]', { list: [1, 2, 3] }, { list: [1, null, 3] }],
	['$.list[-1]', { list: [1, 2, 3] }, { list: [1, 2, null] }],
	['$[0].a', [{ a: 1, b: 2 }], [{ b: 2 }]],
	['$.list[*]', { list: [1, 2] }, { list: [] }],
	['$.nothing.here', { a: 1 }, { a: 1 }],
	['$.list[7]', { list: [1] }, { list: [1] }],
	['$.toString', { a: 1 }, { a: 1 }],
	['$..at', 'text', 'text'],
] as const)
	test(`${path} out of ${JSON.stringify(before)}`, (t) => {
		t.deepEqual(dropped(before, path), after as never);
	});

test('a document as deep as its sender likes does not exhaust the stack', (t) => {
	let deep: unknown = { at: 1 };
	for (let i = 0; i < 100_000; i++) deep = [deep];
	dropSelected(deep, parseJsonSelect('$..at') ?? []);
	while (Array.isArray(deep)) deep = deep[0];
	t.deepEqual(deep, {});
});

test('what cannot be read', (t) => {
	for (const path of ['', '$', 'a', '.a', '$a', '$.a[', '$["\\x"]', '$...a', '$.a b']) t.is(parseJsonSelect(path), null, path);
});
