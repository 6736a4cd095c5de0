import test from 'ava';
import { exposition, type Family, toSeconds } from '../../src/report/exposition.js';
import { exposed } from './exposed.js';

const gauge = (name: string, series: Family['series'], help = 'h'): Family => ({ name, help, type: 'gauge', series });

test('a family is its help, its type and its series', (t) => {
	t.is(
		exposition([
			gauge(
				'a_seconds',
				[
					[{ x: '1' }, 0.5],
					[{}, 3],
				],
				'two\nlines \\',
			),
			gauge('empty', [[{}, null]]),
			{ name: 'b_total', help: 'n', type: 'counter', series: [[{ p: 'q', r: 's' }, Number.POSITIVE_INFINITY]] },
		]),
		'# HELP a_seconds two\\nlines \\\\\n# TYPE a_seconds gauge\na_seconds{x="1"} 0.5\na_seconds 3\n# HELP b_total n\n# TYPE b_total counter\nb_total{p="q",r="s"} +Inf\n',
	);
	t.is(exposition([]), '');
});

test('a label says what it was, whatever it holds; a series comes once', (t) => {
	const evil = ['a"} 1\nevil 1', '\\', '\\n', '"', 'ä ☃ \u0000\r\t', '{x="y"}', ''];
	const read = exposed(exposition([gauge('m', [...evil.map((text, i): Family['series'][number] => [{ text }, i]), [{ text: '\\' }, 99]])]));
	t.deepEqual(
		read.map(({ labels }) => labels.text),
		evil,
	);
	t.deepEqual(
		read.map(({ value }) => value),
		[0, 1, 2, 3, 4, 5, 6],
	);
	t.is(exposed(exposition([gauge('m', [[{ text: 'a\ud800b' }, Number.NaN]])]))[0]?.labels.text, 'a\ufffdb');
});

test('the reader of these tests refuses what a scraper would', (t) => {
	const good = '# HELP a h\n# TYPE a gauge\na{x="1"} 1\n';
	t.is(exposed(good).length, 1);
	for (const bad of [
		good.trimEnd(),
		`${good}a{x="1"} 2\n`,
		`${good}b 1\n`,
		`${good}# HELP a h\n`,
		'a 1\n',
		good.replace('"1"', '"\\x"'),
		good.replace('} 1', '} one'),
		`${good}\n`,
	])
		t.throws(() => exposed(bad), undefined, bad);
});

test('ms are seconds', (t) => {
	t.deepEqual([toSeconds(null), toSeconds(30.538), toSeconds(0.0123456)], [null, 0.030538, 0.000012]);
});
