import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import test from 'ava';
import { parseTarget } from '../../../src/model/target.js';
import { PLAIN } from '../../../src/report/index.js';
import { PROBE_REPORTS } from '../../../src/report/probe/index.js';
import { ndjson } from '../../../src/report/probe/ndjson.js';
import { table } from '../../../src/report/probe/table.js';
import { DOWN, HOSTILE, NEVER, result, sample, UP } from './results.fixture.js';

const OPTIONS = { style: PLAIN, width: 100 };
const TOOLS = { startedAt: 0, encode: () => '' };
const schema = JSON.parse(await readFile(new URL('../../../../schemas/probe.schema.json', import.meta.url), 'utf8'));
const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

test('the document fits schemas/probe.schema.json', async (t) => {
	const json = await (PROBE_REPORTS.json as NonNullable<(typeof PROBE_REPORTS)[string]>)(TOOLS);
	for (const each of [result(UP, DOWN), result(HOSTILE, NEVER), result()]) {
		const back = JSON.parse(json.result(each, OPTIONS));
		t.deepEqual(back, JSON.parse(JSON.stringify(each)));
		t.true(fits(back), JSON.stringify(fits.errors));
	}
	for (const wrong of [{ ...result(UP), verdict: 'ok' }, { ...result(UP), schema: 'daruma.probe/2' }, result({ ...UP, latencyMs: { p50: '3ms' } as never })]) {
		t.false(fits(JSON.parse(JSON.stringify(wrong))));
	}
});

test('NDJSON: one object a line, and kind says of what', (t) => {
	const line = ndjson.sample?.(parseTarget('http://h:1/'), sample(1.23456789)) ?? '';
	t.deepEqual([JSON.parse(line).kind, JSON.parse(line).endpoint, JSON.parse(line).endMs], ['sample', 'http://h:1/', 2.235]);
	t.is(line.indexOf('\n'), line.length - 1);
	const lines = ndjson
		.result(result(UP, DOWN), OPTIONS)
		.trimEnd()
		.split('\n')
		.map((each) => JSON.parse(each));
	t.deepEqual(
		lines.map((each) => each.kind),
		['endpoint', 'endpoint', 'result'],
	);
	t.is(lines[2].verdict, 'fail');
});

test('the table', (t) => {
	const text = table.result(result(UP, DOWN), OPTIONS);
	t.regex(text, /^STATE +ENDPOINT +OK +MIN +P50 +P90 +P99 +MAX\n/);
	t.regex(text, /up +http:\/\/127\.0\.0\.1:1\/up +31\/31 +1ms +15ms +27ms +- +30ms/);
	t.regex(text, /down +tcp:\/\/127\.0\.0\.1:9 +0\/2 +- +- +- +- +-/);
	for (const words of [
		'too few samples for p99 (needs 299)',
		'2 of 2 failed in a row: refused',
		'last error: refused',
		'needs 269 more samples',
		'on new connections, apart: 1/1 ok',
		'ends in 40 days',
		'from 127.0.0.1',
	]) {
		t.true(text.includes(words), words);
	}
	t.regex(table.result({ ...result(UP), pauses: { count: 2, totalMs: 3000 } }, OPTIONS), /stood still 2 times, 3s in all/);
});

test('foreign words cannot steer a terminal', (t) => {
	const text = table.result(result(HOSTILE), OPTIONS);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
	t.notRegex(text, /[\u0000-\u0009\u000b-\u001f\u202e]/);
	t.false(text.split('\n').some((line) => line.startsWith('::')));
});
