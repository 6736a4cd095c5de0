import test from 'ava';
import { componentsOf, findingsOf } from '../../../src/checks/mesh/findings.js';
import { decide, matrixOf } from '../../../src/checks/mesh/matrix.js';
import { mesh } from './stage.js';

const found = (lines: readonly string[]) => {
	const matrix = matrixOf(mesh(...lines), 10_000);
	const components = componentsOf(matrix);
	return { components, findings: findingsOf(matrix, decide(matrix), components) };
};

for (const [what, lines, texts, groups] of [
	['nothing', ['.UU', 'U.U', 'UU.'], [], 'n1 n2 n3'],
	['one direction of one pair', ['.DU', 'U.U', 'UU.'], ['asymmetric: n1 sees n2 down for 4s, n2 sees n1 up; n3 and we see both up'], 'n1 n2 n3'],
	['the other direction', ['.UU', 'D.U', 'UU.'], ['asymmetric: n2 sees n1 down for 4s, n1 sees n2 up; n3 and we see both up'], 'n1 n2 n3'],
	['both directions, others see both', ['.DU', 'D.U', 'UU.'], ['cut: n1 and n2 see each other down for 4s; n3 and we see both up'], 'n1 n2 n3'],
	['a dead node', ['.UD', 'U.D', '-'], ['down: n3 is down: 3 of 3 see it down'], 'n1 n2'],
	['two and two', ['.UDD', 'U.DD', 'DD.U', 'DDU.'], ['partition: partition: n1, n2 | n3, n4 see each other only within their groups'], 'n1 n2 | n3 n4'],
	[
		'one cut off from all',
		['.UD', 'U.D', 'DD.'],
		['partition: partition: n1, n2 | n3 see each other only within their groups', 'down: n3 is down: 2 of 3 see it down, although it tells its own views'],
		'n1 n2 | n3',
	],
	['not yet known parts nobody', ['.?U', '?.U', 'UU.'], [], 'n1 n2 n3'],
	[
		'a silent vantage point that others see up',
		['.UU', 'U.U', '-'],
		['differs: we see n3 down, n1 and n2 see it up', 'silent: n3 did not tell what it sees: refused'],
		'n1 n2',
	],
	['nobody has heard', ['.?', '?.'], ['unknown: n1: 1 of 2 needed views', 'unknown: n2: 1 of 2 needed views'], 'n1 n2'],
	[
		'one direction between two alone is a partition, too',
		['.D', 'U.'],
		['partition: partition: n1 | n2 see each other only within their groups', 'asymmetric: n1 sees n2 down for 4s, n2 sees n1 up; we see both up'],
		'n1 | n2',
	],
] as const)
	test(`what is wrong: ${what}`, (t) => {
		const { components, findings } = found(lines);
		t.is(components.map((group) => group.join(' ')).join(' | '), groups);
		t.deepEqual(
			findings.map(({ kind, text }) => `${kind}: ${text}`),
			[...texts],
		);
	});

test('a chain holds a group together: three nodes in a row are no partition', (t) => {
	const { components, findings } = found(['.UD', 'U.U', 'DU.']);
	t.is(components.length, 1);
	t.deepEqual(
		findings.map(({ kind, names }) => [kind, names]),
		[['cut', ['n1', 'n3']]],
	);
});

test('a large mesh in two: one finding, not one for each pair', (t) => {
	const n = 20;
	const lines = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => (i === j ? '.' : i < 12 === j < 12 ? 'U' : 'D')).join(''));
	const kinds = found(lines).findings.map(({ kind }) => kind);
	t.is(kinds.filter((kind) => kind === 'partition').length, 1);
	t.deepEqual([...new Set(kinds)], ['partition', 'down'], 'and the smaller side, one by one');
});
