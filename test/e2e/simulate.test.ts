import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import test from 'ava';
import type { SimulationResult } from '../../src/model/simulation.js';
import { daruma } from './daruma.js';

const ROOT = new URL('../../../', import.meta.url);
const SCENE = ['--replicas', '5', '--rate', '200/s', '--duration', '6s', '--slow', 'n1=1s@1s..4s', '--within', '300ms', '--seed', '3'];

test('--json: one document of its schema, every policy, best first, the same each time', async (t) => {
	const [one, two] = await Promise.all([daruma(['simulate', ...SCENE, '--json']), daruma(['simulate', ...SCENE, '--json'])]);
	t.is(one.code, 0, one.stderr);
	t.is(one.stdout, two.stdout);
	const result = JSON.parse(one.stdout) as SimulationResult;
	const check = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(await readFile(new URL('schemas/simulation.schema.json', ROOT), 'utf8')));
	t.true(check(result), JSON.stringify(check.errors));
	t.is(result.policies.length, 18);
	t.is(result.best, result.policies[0]!.policy);
	const success = result.policies.map((each) => Math.round(each.success * 10_000));
	t.deepEqual(
		success,
		[...success].sort((a, b) => b - a),
	);
});

test('the table: what was simulated, the policies, and why', async (t) => {
	const ran = await daruma(['simulate', ...SCENE, '--policy', 'round-robin,peak-ewma']);
	t.is(ran.code, 0, ran.stderr);
	t.regex(ran.stdout, /^5 replicas of 50ms \(constant\); 200 requests\/s constant for 6s \(1200\); n1 slow \(1s\) 1s\.\.4s; success within 300ms; seed 3$/m);
	t.regex(ran.stdout, /^policy +success +mean +p50 +p99 +p99\.9 +skew +to disturbed$/m);
	t.regex(ran.stdout, /^peak-ewma +9\d\.\d\d %.*\nround-robin +90\.00 %/m);
	t.regex(ran.stdout, /^peak-ewma: .*points more than by round-robin/m);
	t.is(ran.stderr, '');
});

test('absurd sizes and typing errors: exit 2, one message, at once', async (t) => {
	for (const args of [['--rate', '100000/s', '--duration', '24h'], ['--policy', 'p3c'], ['--slow', 'x'], ['no-such-file.yaml']]) {
		const ran = await daruma(['simulate', ...args, '--json']);
		t.is(ran.code, 2, args.join(' '));
		t.deepEqual(Object.keys(JSON.parse(ran.stdout)), ['error']);
	}
});
