import test from 'ava';
import { splitWords } from '../../src/model/command-words.js';

test('words as a shell would see them, and nothing expanded', (t) => {
	for (const [line, words] of [
		['', []],
		['  a  b\tc\n', ['a', 'b', 'c']],
		["a 'b c' d", ['a', 'b c', 'd']],
		['a "b \\"c\\" \\\\ \\n"', ['a', 'b "c" \\ \\n']],
		["'it'\\''s'", ["it's"]],
		['a\\ b', ['a b']],
		['\'\' ""', ['', '']],
		['x=$HOME;`id` *', ['x=$HOME;`id`', '*']],
		['a"b"\'c\'', ['abc']],
	] as const)
		t.deepEqual(splitWords(line), [...words], line);
	for (const line of ["a 'b", 'a "b', 'a \\']) t.is(typeof splitWords(line), 'string', line);
});
