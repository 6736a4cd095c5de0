import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import test from 'ava';
import { parse } from 'yaml';
import * as defaults from '../../src/config/defaults.js';
import { readPlan } from '../../src/config/load.js';
import { FILE, jsonSchema } from '../../src/config/schema/index.js';
import { formatDuration } from '../../src/model/duration.js';
import { EXIT } from '../../src/model/errors.js';
import { FAULT_KINDS } from '../../src/model/fault.js';
import { POLICY_NAMES } from '../../src/model/plan.js';

const page = (name: string): Promise<string> => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

test('docs/exit-codes.md is EXIT', async (t) => {
	const rows = [...(await page('exit-codes.md')).matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, code, name]) => [name, Number(code)]);
	t.deepEqual(Object.fromEntries(rows), { ...EXIT });
	t.is(rows.length, Object.keys(EXIT).length);
});

const blocks = (text: string): string[] => [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => found[1]!);

test('every file in docs/daruma-yaml.md is good', async (t) => {
	const check = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, formats: { regex: true } }).compile(jsonSchema());
	const files = blocks(await page('daruma-yaml.md'));
	t.is(files.length, 2);
	for (const file of files) {
		await t.notThrowsAsync(readPlan(file, 'docs.yaml'));
		t.true(check(parse(file)));
	}
});

test('docs/daruma-yaml.md names every key, word and default', async (t) => {
	const text = await page('daruma-yaml.md');
	const seen = new Set<string>();
	const walk = (schema: unknown): void => {
		if (Array.isArray(schema)) for (const each of schema) walk(each);
		if (typeof schema !== 'object' || schema === null) return;
		for (const [key, value] of Object.entries(schema)) {
			if (key === 'properties' && !('minProperties' in schema)) for (const name of Object.keys(value as object)) seen.add(name);
			walk(value);
		}
	};
	walk(FILE.schema);
	t.true(seen.size > 40, [...seen].join());
	for (const name of [...seen, ...FAULT_KINDS, ...POLICY_NAMES]) t.regex(text, new RegExp(`[\`. {]${name}[\`:,. }]`), name);

	const row = (key: string): string => text.split('\n').find((line) => line.startsWith(`| ${key}`)) ?? '';
	const { retry, ejection, timeoutMs, policy } = defaults.client();
	t.true(row('`replicas`').includes(`| ${defaults.REPLICAS} |`));
	t.true(row('`builtin`').includes(`serviceMs: ${defaults.replica().serviceMs}`));
	t.true(row('`policy`').includes(`| ${policy} |`));
	t.true(row('`timeoutMs`').includes(`| ${timeoutMs} |`));
	t.true(row('`retry.attempts`').includes(`| ${retry?.attempts} |`));
	t.true(row('`retry.baseMs`').includes(`| ${retry?.baseMs}, ${retry?.maxMs} |`));
	t.true(row('`retry.methods`').includes(`| ${retry?.methods.join(' ')} |`));
	t.true(row('`retry.statuses`').includes(`| ${retry?.statuses.join(' ')} |`));
	t.true(row('`retry.budget`').includes(`ratio: ${retry?.budget?.ratio}, minPerSecond: ${retry?.budget?.minPerSecond}`));
	t.true(row('`ejection`').includes(`failures: ${ejection?.failures}, forMs: ${ejection?.forMs}, maxShare: ${ejection?.maxShare}`));
	t.true(row('`rate`').includes(`| ${defaults.traffic().rate}/s |`));
	t.true(row('`timeout`').includes(`| ${formatDuration(defaults.traffic().timeoutMs)} |`));
	t.true(row('`baseline`').includes(`| ${formatDuration(defaults.BASELINE_MS)} |`));
	t.true(row('`after`').includes(`| ${formatDuration(defaults.AFTER_MS)} |`));
	t.true(row('`delay`').includes(`\`latency\` (${formatDuration(defaults.fault('delay').latencyMs!)})`));
	t.true(row('`drop`').includes(`\`share\` (${defaults.fault('drop').share! * 100}%)`));
	t.true(row('`error`').includes(`\`status\` (${defaults.fault('error').status})`));
	t.true(text.includes(`\`for\` (${formatDuration(defaults.fault('kill').forMs)})`));
	for (const { name, bound } of defaults.expectations())
		t.true(row('`expect`').includes(`${name}: ${bound.op === '==' ? bound.value : `"${bound.text}"`}`), name);
});
