import test from 'ava';
import { selectNodes } from '../../src/cluster/select.js';
import type { DarumaError } from '../../src/model/errors.js';
import { rng } from '../../src/model/rng.js';

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i + 1}`);

for (const [word, sizes] of [
	['one', [1, 1, 1, 1, 1]],
	['minority', [null, null, 1, 1, 2]],
	['half', [null, 1, 1, 2, 2]],
	['majority', [1, 2, 2, 3, 3]],
	['all', [1, 2, 3, 4, 5]],
] as const) {
	test(`${word} of 1 to 5 nodes`, (t) => {
		for (const [i, size] of sizes.entries()) {
			if (size === null) t.throws(() => selectNodes(names(i + 1), word, rng(1)), { message: new RegExp(`no ${word}`) });
			else t.is(new Set(selectNodes(names(i + 1), word, rng(1))).size, size);
		}
	});
}

test('a name means itself; chance is seeded and reaches every node', (t) => {
	t.deepEqual(selectNodes(names(3), 'n2', rng(1)), ['n2']);
	t.deepEqual(selectNodes(names(3), 'one', rng(5)), selectNodes(names(3), 'one', rng(5)));
	const reached = new Set(Array.from({ length: 60 }, (_, seed) => selectNodes(names(3), 'one', rng(seed))[0]));
	t.is(reached.size, 3);
});

for (const word of ['n4', 'most', 'constructor', '']) {
	test(`'${word}' is an error that names what there is`, (t) => {
		const error = t.throws(() => selectNodes(names(3), word, rng(1))) as DarumaError;
		t.is(error.exit, 2);
		t.regex(`${error.hint}`, /one, minority, half, majority, all.*n1, n2, n3/);
	});
}
