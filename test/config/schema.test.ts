import { readdir, readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import test from 'ava';
import { parse } from 'yaml';
import { readPlan } from '../../src/config/load.js';
import { jsonSchema } from '../../src/config/schema/index.js';

const ROOT = new URL('../../../', import.meta.url);
const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, formats: { regex: true } });

test('the shipped schema is the grammar', async (t) => {
	const shipped = JSON.parse(await readFile(new URL('schemas/daruma.schema.json', ROOT), 'utf8'));
	t.deepEqual(shipped, JSON.parse(JSON.stringify(jsonSchema())), 'run node scripts/schemas.js');
	t.is(shipped.$schema, 'http://json-schema.org/draft-07/schema#');
});

const check = ajv.compile(jsonSchema());

test('the schema takes every good file', async (t) => {
	const folder = new URL('fixtures/configs/good/', ROOT);
	for (const name of await readdir(folder)) {
		const value = parse(await readFile(new URL(name, folder), 'utf8'));
		t.true(check(value), `${name}: ${JSON.stringify(check.errors?.slice(0, 3))}`);
	}
});

/** Whether it is taken must be the same for an editor with the schema and for daruma. */
const both: [text: string, good: boolean][] = [
	['{ version: 1, experiments: [{ fault: { kind: kill } }] }', true],
	['{ version: 1, experiments: [{ fault: { kind: kill, for: 500ms } }] }', true],
	['{ version: 1, experiments: [{ fault: { kind: drop, share: 5% } }] }', true],
	['{ version: 1, experiments: [{ fault: { kind: kill }, expect: { timeToFailoverMs: "<= 1s", availability: 0.5 } }] }', true],
	['{ version: 1, traffic: { rate: 20 }, experiments: [{ fault: { kind: kill } }] }', true],
	['{ version: 1, subject: { client: { retry: off } }, experiments: [{ fault: { kind: kill } }] }', true],
	['{ version: 1, cluster: { command: [x], ready: { within: 1s } }, experiments: [{ fault: { kind: kill } }] }', true],
	['{ version: 1, cluster: { command: [x], ready: { within: 1s, tcp: true } }, experiments: [{ fault: { kind: kill } }] }', true],
	['{ version: 1, cluster: { command: [x], ready: { http: /, tcp: true } }, experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: "1", experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: 1, experiments: [{}] }', false],
	['{ version: 1, experiments: [{ fault: [] }] }', false],
	['{ version: 1, experiments: [{ fault: { kind: kill, latency: 1s } }] }', false],
	['{ version: 1, experiments: [{ fault: { kind: kill, for: 5 } }] }', false],
	['{ version: 1, experiments: [{ fault: { kind: drop, share: 0 } }] }', false],
	['{ version: 1, experiments: [{ fault: { kind: error, status: 200 } }] }', false],
	['{ version: 1, experiments: [{ fault: { kind: error, status: UNAVAILABLE } }] }', true],
	['{ version: 1, experiments: [{ fault: { kind: error, status: OK } }] }', false],
	['{ version: 1, experiments: [{ fault: { kind: kill, target: n0 } }] }', false],
	['{ version: 1, experiments: [{ fault: { kind: kill }, expect: {} }] }', false],
	['{ version: 1, experiments: [{ fault: { kind: kill }, expect: { p98: 0 } }] }', false],
	['{ version: 1, subject: {}, experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: 1, subject: { client: {}, nginx: default }, experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: 1, subject: { client: { retry: true } }, experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: 1, cluster: { replicas: 0, builtin: { http: {} } }, experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: 1, traffic: { mix: [] }, experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: 1, traffic: { mix: [{ share: 0 }] }, experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: 1, traffic: { mix: [{ path: "/a b" }] }, experiments: [{ fault: { kind: kill } }] }', false],
	['{ version: 1, url: x, experiments: [{ fault: { kind: kill } }] }', false],
];
for (const [text, good] of both) {
	test(`${good ? 'good' : 'bad'} for both: ${text}`, async (t) => {
		t.is(check(parse(text)), good);
		if (good) await t.notThrowsAsync(readPlan(text, 'x.yaml'));
		else await t.throwsAsync(readPlan(text, 'x.yaml'), { code: 'E_CONFIG' });
	});
}
