import test from 'ava';
import { exposition, type Family } from '../../src/report/exposition.js';
import { exposed } from './exposed.js';

const gauge = (name: string, readings: Family['readings'], help = 'h'): Family => ({ name, help, type: 'gauge', readings });

test('Prometheus’ text format', (t) => {
	t.is(
		exposition([
			{
				name: 'a_total',
				type: 'counter',
				help: 'two\nlines \\',
				readings: [
					{ labels: {}, value: 3 },
					{ labels: { e: 'q"\\\n', n: 1 }, value: Number.POSITIVE_INFINITY },
				],
			},
			gauge('empty', []),
			{ name: 'h', type: 'histogram', help: 'h', readings: [{ suffix: '_bucket', labels: { le: '+Inf' }, value: 0.1 }] },
		]),
		[
			'# HELP a_total two\\nlines \\\\',
			'# TYPE a_total counter',
			'a_total 3',
			'a_total{e="q\\"\\\\\\n",n="1"} +Inf',
			'# HELP h h',
			'# TYPE h histogram',
			'h_bucket{le="+Inf"} 0.1',
			'',
		].join('\n'),
	);
	t.is(exposition([]), '');
});

test('a label says what it was, whatever it holds; a series comes once', (t) => {
	const evil = ['a"} 1\nevil 1', '\\', '\\n', '"', 'ä ☃ \u0000\r\t', '{x="y"}', ''];
	const read = exposed(exposition([gauge('m', [...evil.map((text, value) => ({ labels: { text }, value })), { labels: { text: '\\' }, value: 99 }])]));
	t.deepEqual(
		read.map(({ labels }) => labels.text),
		evil,
	);
	t.deepEqual(
		read.map(({ value }) => value),
		[0, 1, 2, 3, 4, 5, 6],
	);
	t.is(exposed(exposition([gauge('m', [{ labels: { text: 'a\ud800b' }, value: Number.NaN }])]))[0]?.labels.text, 'a\ufffdb');
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
