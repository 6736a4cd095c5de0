import test from 'ava';
import { formatValue, isUnreadable, parseBound, parseExpectation } from '../../src/model/bound.js';
import { findMetric } from '../../src/model/metrics.js';

const good: [string, string | number, string, number][] = [
	['p99', '<= 250ms', '<=', 250],
	['p99', '<2s', '<', 2000],
	['errorWindow', 0, '==', 0],
	['availability', '>= 99%', '>=', 0.99],
	['availability', '>= 99.9 %', '>=', 0.999],
	['availability', '≥ 0.999', '>=', 0.999],
	['nonIdempotentReplayed', 0, '==', 0],
	['lost', '= 0', '==', 0],
	['amplification', '<= 1.2', '<=', 1.2],
	['late', '!= 3', '!=', 3],
];
for (const [name, written, op, value] of good) {
	test(`${name} ${written}`, (t) => {
		const bound = parseBound(written, findMetric(name)!);
		t.like(bound, { op, value });
	});
}

for (const [name, written] of [
	['p99', '<= 250'],
	['p99', '250 parsecs'],
	['p99', '=> 250ms'],
	['availability', '>= 99'],
	['availability', '>= 101%'],
	['lost', '<= -1'],
	['lost', '<= 1.5'],
	['amplification', 'many'],
	['amplification', ''],
] as const) {
	test(`${name} "${written}" is no bound`, (t) => {
		const bound = parseBound(written, findMetric(name)!);
		t.true(isUnreadable(bound));
		t.true(isUnreadable(bound) && bound.expected.includes(name));
	});
}

test('the command line uses the same grammar', (t) => {
	t.deepEqual(parseExpectation('p99 <= 250ms'), { name: 'p99', metric: 'p99Ms', bound: { op: '<=', value: 250, text: '<= 250ms' } });
	t.deepEqual(parseExpectation('timeToFailoverMs<1s'), { name: 'timeToFailoverMs', metric: 'timeToFailoverMs', bound: { op: '<', value: 1000, text: '< 1s' } });
	t.deepEqual(parseExpectation('p98 <= 250ms'), { expected: 'a metric; did you mean p99?' });
	t.regex((parseExpectation('qqqqqqqq == 0') as { expected: string }).expected, /^one of the metrics requests, availability/);
	t.true(isUnreadable(parseExpectation('p99 250ms')));
});

test('a share is never rounded up to 100 %, nor down to 0 %', (t) => {
	t.is(formatValue(1, 'ratio'), '100 %');
	t.is(formatValue(0.9985, 'ratio'), '99.85 %');
	t.is(formatValue(0.999999, 'ratio'), '99.9999 %');
	t.is(formatValue(0.9999999999, 'ratio'), '> 99.99999 %');
	t.is(formatValue(0.329, 'ratio'), '32.9 %');
	t.is(formatValue(0, 'ratio'), '0 %');
	t.is(formatValue(0.000001, 'ratio'), '0.0001 %');
	t.is(formatValue(1.268, 'factor'), '1.27x');
});
