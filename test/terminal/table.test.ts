import test from 'ava';
import { formatTable } from '../../src/terminal/table.js';

test('columns align, without borders, colours or trailing blanks', async (t) => {
	const text = await formatTable(
		[
			['kill', '99.97 %', 'pass'],
			['blackhole', '70.2 %', 'fail'],
		],
		{ head: ['fault', 'availability', ''], align: ['left', 'right', 'left'] },
	);
	t.is(text, ['fault      availability', 'kill            99.97 %  pass', 'blackhole        70.2 %  fail'].join('\n'));
});
