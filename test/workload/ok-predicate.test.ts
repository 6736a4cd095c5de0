import test from 'ava';
import type { OkPredicate } from '../../src/model/plan.js';
import { okTest } from '../../src/workload/ok-predicate.js';

const below = { op: '<', status: 400 } as const;
const answer = (status: number, body: string | null = null, headers: Record<string, string> | null = null) => ({ status, body, headers });

const CASES: [string, OkPredicate, ReturnType<typeof answer>, boolean][] = [
	['status alone', below, answer(399), true],
	['status alone', below, answer(400), false],
	['contained text', { ...below, body: 'done' }, answer(200, '{"state":"done"}'), true],
	['contained text', { ...below, body: 'done' }, answer(200, 'lost'), false],
	['a text is no pattern', { ...below, body: 'd.ne' }, answer(200, 'done'), false],
	['a pattern', { ...below, body: '/d.ne/' }, answer(200, 'done'), true],
	['a pattern with flags', { ...below, body: '/DONE/i' }, answer(200, 'done'), true],
	['a pattern without its flags', { ...below, body: '/DONE/' }, answer(200, 'done'), false],
	['a path is contained, since x is no flag', { ...below, body: '/a/x' }, answer(200, 'see /a/x'), true],
	['a good body with a bad status', { ...below, body: 'done' }, answer(500, 'done'), false],
	['a header', { ...below, header: { 'x-cache': 'MISS' } }, answer(200, null, { 'x-cache': 'MISS from a' }), true],
	['a header that is absent', { ...below, header: { 'x-cache': 'MISS' } }, answer(200, null, {}), false],
	['all headers', { ...below, header: { a: '1', b: '2' } }, answer(200, null, { a: '1', b: '3' }), false],
	['a body that nobody kept', { ...below, body: 'x' }, answer(200), false],
];
for (const [i, [name, ok, got, good]] of CASES.entries()) test(`${i} ${name}: ${good ? 'good' : 'bad'}`, (t) => t.is(okTest(ok)(got), good));

test('only what is asked for is kept', (t) => {
	t.deepEqual(okTest(below).needs, { headers: false, body: false });
	t.deepEqual(okTest({ ...below, body: 'x' }).needs, { headers: false, body: true });
	t.deepEqual(okTest({ ...below, header: { a: 'x' } }).needs, { headers: true, body: false });
});
