import test from 'ava';
import { type Collected, decide, HERE, matrixOf, stateIn } from '../../../src/checks/mesh/matrix.js';
import { mesh } from './stage.js';

const states = (lines: readonly string[]): string =>
	decide(matrixOf(mesh(...lines), 10_000))
		.map(({ state }) => state)
		.join(' ');

for (const [what, lines, expected] of [
	['all see all', ['.UU', 'U.U', 'UU.'], 'up up up'],
	['one is dead', ['.UD', 'U.D', '-'], 'up up down'],
	['one sees one down', ['.DU', 'U.U', 'UU.'], 'up suspect up'],
	['suspicion is not down', ['.SU', 'U.U', 'UU.'], 'up up up'],
	['a warning is up', ['.WW', 'W.W', 'WW.'], 'up up up'],
	['alone on the other side', ['.DU', 'D.D', 'UD.'], 'suspect down suspect'],
	['nobody has heard yet', ['.??', '?.?', '??.'], 'unknown unknown unknown'],
	['two of two, and we', ['.D', 'U.'], 'up suspect'],
	['two, and one is dead', ['.D', '-'], 'unknown down'],
	['two of five are dead', ['.UUDD', 'U.UDD', 'UU.DD', '-', '-'], 'up up up down down'],
	['most are dead', ['.DDD', '-', '-', '-'], 'unknown suspect suspect suspect'],
] as const)
	test(`the quorum: ${what}`, (t) => {
		if (what === 'most are dead') {
			// We and n1 see it down; the other two should, and cannot say.
			t.is(states(lines), 'unknown unknown unknown unknown');
			return;
		}
		t.is(states(lines), expected);
	});

test('we see who tells us its own views, and who does not answer under a known address', (t) => {
	const matrix = matrixOf(mesh('.UD', 'U.D', '-'), 10_000);
	t.is(['n1', 'n2', 'n3'].map((name) => stateIn(matrix, HERE, name)).join(' '), 'up up down');
	t.deepEqual(
		matrix.vantages.map(({ vantage, at, heard, why }) => [vantage, at, heard, why]),
		[
			['n1', 'n1', true, null],
			['n2', 'n2', true, null],
			['n3', 'n3', false, 'refused'],
		],
	);
});

const observer = (name: string | null, vantage: string, states: Record<string, 'up' | 'down'>, heardMs = 0): Collected => ({
	url: `http://${vantage}/status`,
	address: `${vantage}:80`,
	name,
	why: '',
	latencyMs: 1,
	views: { vantage, views: Object.entries(states).map(([endpoint, state]) => ({ endpoint, state, sinceMs: 0, latencyMs: null, heardMs })) },
});

test('observers apart: three look at two endpoints', (t) => {
	const matrix = matrixOf(
		[observer(null, 'a', { x: 'up', y: 'down' }), observer(null, 'b', { x: 'up', y: 'down' }), observer(null, 'c', { x: 'down', y: 'up' })],
		10_000,
	);
	t.false(matrix.fields.has(HERE), 'that an observer answers says nothing of an endpoint');
	t.deepEqual(
		decide(matrix).map(({ endpoint, state, up, down, quorum, of }) => [endpoint, state, up, down, quorum, of]),
		[
			['x', 'suspect', ['a', 'b'], ['c'], 2, 3],
			['y', 'down', ['c'], ['a', 'b'], 2, 3],
		],
	);
});

test('a second daruma beside an endpoint is named by the user, and its own endpoint is not seen by itself', (t) => {
	const matrix = matrixOf([observer('x', 'host-a', { x: 'up', y: 'up' }), observer('y', 'host-b', { x: 'down', y: 'up' })], 10_000);
	t.deepEqual(
		matrix.vantages.map(({ vantage, at }) => [vantage, at]),
		[
			['x', 'x'],
			['y', 'y'],
		],
	);
	t.is(stateIn(matrix, 'x', 'x'), 'unknown');
	t.is(stateIn(matrix, 'y', 'x'), 'down');
});

test('a view that was not renewed says nothing', (t) => {
	const matrix = matrixOf([observer(null, 'a', { x: 'down' }, 10_001), observer(null, 'b', { x: 'down' }, 10_000)], 10_000);
	t.deepEqual([stateIn(matrix, 'a', 'x'), stateIn(matrix, 'b', 'x')], ['unknown', 'down']);
});

test('two that go by one name are kept apart', (t) => {
	const matrix = matrixOf([observer(null, 'a', { x: 'up' }), { ...observer(null, 'a', { x: 'down' }), url: 'http://other/' }], 10_000);
	t.deepEqual(matrix.twice, ['a']);
	t.deepEqual([...matrix.fields.keys()], ['a', 'a (http://other/)']);
});

test('n2 comes before n10', (t) => {
	t.deepEqual(matrixOf(mesh('.UUUUUUUUU', 'U.UUUUUUUU'), 10_000).endpoints.slice(-2), ['n9', 'n10']);
});
