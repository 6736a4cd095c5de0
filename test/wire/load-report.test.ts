import test from 'ava';
import { parseLoadReport } from '../../src/wire/load-report.js';

const parse = (data: unknown) => parseLoadReport(JSON.stringify(data));

test('what an endpoint may push', (t) => {
	for (const [data, said] of [
		[{}, { state: 'up', metrics: {} }],
		[
			{ state: 'down', reason: 'disk-full', message: '/var is at 100 %' },
			{ state: 'down', metrics: {}, why: 'disk-full: /var is at 100 %' },
		],
		[{ state: 'FAILING' }, { state: 'down', metrics: {} }],
		[
			{ state: 'drain', ttlMs: 500, load: 12.5 },
			{ state: 'drain', metrics: {}, ttlMs: 500, load: 12.5 },
		],
		[
			{ state: null, load: null, message: 'two\nlines' },
			{ state: 'up', metrics: {}, why: 'two lines' },
		],
		// xds.data.orca.v3, as protobuf's JSON spells it or as the fields are called.
		[
			{ cpu_utilization: 0.5, rps_fractional: 12, eps: 1 },
			{ state: 'up', metrics: { cpu_utilization: 0.5, rps_fractional: 12, eps: 1 }, load: 50 },
		],
		[
			{ cpuUtilization: 0.5, applicationUtilization: 1.3 },
			{ state: 'up', metrics: { cpu_utilization: 0.5, application_utilization: 1.3 }, load: 130 },
		],
		[
			{ cpu_utilization: 0.5, application_utilization: 0 },
			{ state: 'up', metrics: { cpu_utilization: 0.5, application_utilization: 0 }, load: 50 },
		],
		[
			{ cpu_utilization: 0.5, load: 7 },
			{ state: 'up', metrics: { cpu_utilization: 0.5 }, load: 7 },
		],
		[
			{ named_metrics: { queue: 3 }, utilization: { disk: 0.9 } },
			{ state: 'up', metrics: { 'named_metrics.queue': 3, 'utilization.disk': 0.9 } },
		],
		[{ whatever: { else: [1] } }, { state: 'up', metrics: {} }],
	] as const)
		t.deepEqual(parse(data) as unknown, said, JSON.stringify(data));
	t.deepEqual(parseLoadReport(''), { state: 'up', metrics: {} });
});

test('what is wrong is said, in one line', (t) => {
	for (const [text, pattern] of [
		['{', /JSON/],
		['[]', /object/],
		['null', /object/],
		['"up"', /object/],
		['{"state":"sideways"}', /state: expected one of up/],
		['{"state":"constructor"}', /state/],
		['{"load":"high"}', /load: expected a number/],
		['{"load":-1}', /load/],
		['{"load":1e999}', /load/],
		['{"ttlMs":0}', /ttlMs: expected 1 to/],
		['{"ttlMs":1e12}', /ttlMs/],
		['{"reason":7}', /reason: expected a text/],
		['{"named_metrics":[1]}', /named_metrics/],
		['{"utilization":{"a":"b"}}', /utilization\.a/],
		[JSON.stringify({ named_metrics: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`m${i}`, i])) }), /at most 64/],
	] as const) {
		const said = parseLoadReport(text);
		t.is(typeof said, 'string', text);
		t.regex(said as string, pattern);
	}
	const polluted = parseLoadReport('{"__proto__":{"load":5},"named_metrics":{"__proto__":3}}');
	t.like(polluted as object, { state: 'up' });
	t.is((polluted as { load?: number }).load, undefined);
});
