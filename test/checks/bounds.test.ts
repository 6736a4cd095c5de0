import test from 'ava';
import { compare, isUpper, satisfies } from '../../src/checks/bounds.js';
import type { Bound } from '../../src/model/plan.js';

const bound = (op: Bound['op'], value: number): Bound => ({ op, value, text: `${op} ${value}` });

test('an interval holds, is broken, or leaves a bound open', (t) => {
	const cases: [number | null, number | null, Bound['op'], number, string][] = [
		[1, 2, '<=', 2, 'holds'],
		[1, 2, '<', 2, 'open'],
		[2, 3, '<', 2, 'broken'],
		[2, 3, '<=', 2, 'open'],
		[3, 4, '<=', 2, 'broken'],
		[1, null, '<=', 2, 'open'],
		[3, null, '<=', 2, 'broken'],
		[null, 2, '<=', 2, 'holds'],
		[2, 3, '>=', 2, 'holds'],
		[2, 3, '>', 2, 'open'],
		[1, 2, '>', 2, 'broken'],
		[1, 2, '>=', 2, 'open'],
		[3, null, '>=', 2, 'holds'],
		[null, 1, '>=', 2, 'broken'],
		[0, 0, '==', 0, 'holds'],
		[0, 1, '==', 0, 'open'],
		[1, null, '==', 0, 'broken'],
		[null, null, '==', 0, 'open'],
		[1, 1, '!=', 1, 'broken'],
		[1, 2, '!=', 1, 'open'],
		[2, 3, '!=', 1, 'holds'],
	];
	for (const [lo, hi, op, value, expected] of cases) t.is(compare(lo, hi, bound(op, value)), expected as never, `[${lo}, ${hi}] ${op} ${value}`);
});

test('numbers, and which bounds more of the same can only break', (t) => {
	t.deepEqual(
		(['<', '<=', '>', '>=', '==', '!='] as const).map((op) => [1, 2, 3].map((v) => satisfies(v, bound(op, 2)))),
		[
			[true, false, false],
			[true, true, false],
			[false, false, true],
			[false, true, true],
			[false, true, false],
			[true, false, true],
		],
	);
	t.deepEqual(
		(['<', '<=', '>', '>=', '==', '!='] as const).map((op) => isUpper(bound(op, 0))),
		[true, true, false, false, true, false],
	);
});
