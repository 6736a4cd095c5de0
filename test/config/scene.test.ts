import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import { sceneSchema } from '../../src/config/scene.js';
import { loadScene, type SceneFlags } from '../../src/config/scene-load.js';
import { CHOOSER_NAMES } from '../../src/model/plan.js';
import { scratch } from '../e2e/daruma.js';

const ROOT = new URL('../../../', import.meta.url);

test('the shipped schema is the grammar', async (t) => {
	const shipped = JSON.parse(await readFile(new URL('schemas/scene.schema.json', ROOT), 'utf8'));
	t.deepEqual(shipped, JSON.parse(JSON.stringify(sceneSchema())), 'run node scripts/schemas.js');
});

test('nothing said: three nodes, every policy', async (t) => {
	const { scene, policies, runs } = await loadScene(undefined, {});
	t.deepEqual([scene.nodes.map(({ name }) => name), scene.rate, scene.seed, scene.withinMs, runs], [['n1', 'n2', 'n3'], 200, 7, scene.timeoutMs, 1]);
	t.deepEqual(policies, CHOOSER_NAMES);
});

test('flags, all of them', async (t) => {
	const { scene, policies } = await loadScene(undefined, {
		replicas: '4',
		service: '167ms',
		sd: '5ms',
		servers: '8',
		rate: '6000/min',
		pacing: 'poisson',
		duration: '1min',
		warmUp: '5s',
		timeout: '2s',
		within: '1s',
		clients: '3',
		keys: '50',
		net: '0.5ms',
		slow: ['n1=2s@15s..45s'],
		dead: ['n2@10s..'],
		frozen: ['n3@1s..2s', 'n4@1s..1500ms'],
		failing: '1%',
		weights: ['n1=2.5'],
		ejection: true,
		seed: '12345',
		policy: ['p2c', 'ring', 'p2c'],
	});
	t.like(scene, {
		rate: 100,
		pacing: 'poisson',
		durationMs: 60_000,
		warmUpMs: 5000,
		timeoutMs: 2000,
		withinMs: 1000,
		clients: 3,
		keys: 50,
		netMs: 0.5,
		servers: 8,
		seed: 12_345,
	});
	t.deepEqual(scene.nodes[0], { name: 'n1', weight: 2.5, service: { kind: 'normal', meanMs: 167, sdMs: 5 }, failing: 0.01 });
	t.deepEqual(scene.disturbances, [
		{ kind: 'slow', node: 'n1', serviceMs: 2000, fromMs: 15_000, toMs: 45_000 },
		{ kind: 'dead', node: 'n2', fromMs: 10_000, toMs: Number.POSITIVE_INFINITY },
		{ kind: 'frozen', node: 'n3', fromMs: 1000, toMs: 2000 },
		{ kind: 'frozen', node: 'n4', fromMs: 1000, toMs: 1500 },
	]);
	t.deepEqual(policies, ['p2c', 'ring']);
	t.truthy(scene.ejection);
});

test('a file, and a flag that wins over it; the schema takes the same file', async (t) => {
	const file = join(scratch(t), 'scene.yaml');
	await writeFile(file, 'replicas: 5\nservice: 20ms\ndistribution: exponential\nslow: [n1=1s@1s..2s]\nejection: true\npolicy: [random]\n');
	const { scene, policies } = await loadScene(file, { replicas: '6' });
	t.deepEqual([scene.nodes.length, scene.nodes[0]?.service, policies], [6, { kind: 'exponential', meanMs: 20 }, ['random']]);
	const check = new Ajv({ strict: true, allowUnionTypes: true }).compile(sceneSchema());
	t.true(check({ replicas: 5, service: '20ms', distribution: 'exponential', slow: ['n1=1s@1s..2s'], dead: ['n2@1s..'], ejection: true, policy: ['random'] }));
	t.false(check({ slow: ['n1@1s..2s'] }));
	t.false(check({ replica: 5 }));
});

const WRONG: [flags: SceneFlags, code: string, message: RegExp, hint?: RegExp][] = [
	[{ replicas: '0' }, 'E_FLAG', /^--replicas: expected a whole number from 1 to 1000, found 0$/],
	[{ replicas: 'many' }, 'E_FLAG', /^--replicas/],
	[{ service: '50' }, 'E_FLAG', /^--service: expected a time with a unit/, /50ms or 50s/],
	[{ warmUp: 'x' }, 'E_FLAG', /^--warm-up: /],
	[{ rate: '-1' }, 'E_FLAG', /^--rate: /],
	[{ slow: ['n1@1s..2s'] }, 'E_FLAG', /^--slow: expected a node, its service time and when/],
	[{ slow: ['n1=1s@2s..1s'] }, 'E_FLAG', /the end after the beginning/],
	[{ dead: ['web@1s..2s'] }, 'E_FLAG', /^--dead: expected a node and when/],
	[{ policy: ['p2'] }, 'E_FLAG', /^--policy: expected one of random, /, /did you mean p2c\?/],
	[{ policy: [] }, 'E_FLAG', /^--policy: expected a list of at least 1/],
	[{ weights: ['n1=0'] }, 'E_FLAG', /^--weights: /],
	[{ failing: '150%' }, 'E_FLAG', /^--failing: /],
	[{ dead: ['n4@1s..2s'] }, 'E_SCENE', /expected a node from n1 to n3, found n4/],
	[{ warmUp: '30s' }, 'E_SCENE', /warmUp/],
	[{ rate: '1/min', duration: '1ms' }, 'E_SCENE', /at least 50 requests after the warm-up, found 0/, /lengthen/],
	[{ rate: '100000/s', duration: '24h' }, 'E_SCENE', /at most 2000000 requests/, /shorten/],
	[{ clients: '10000', replicas: '1000' }, 'E_SCENE', /pairs of client and node/],
	[{ rate: '1000/s', duration: '10min', runs: '100' }, 'E_SCENE', /too much work/, /--policy/],
];
for (const [flags, code, message, hint] of WRONG) {
	test(`refused: ${JSON.stringify(flags)}`, async (t) => {
		const error = await t.throwsAsync<Error & { code: string; exit: number; hint?: string }>(loadScene(undefined, flags));
		t.is(error?.code, code, error?.message);
		t.is(error?.exit, 2);
		t.regex(error?.message ?? '', message);
		if (hint) t.regex(error?.hint ?? '', hint);
	});
}

test('a bad file: line and column', async (t) => {
	const file = join(scratch(t), 'scene.yaml');
	await writeFile(file, 'replicas: 3\nslow: [n1]\n');
	await t.throwsAsync(loadScene(file, {}), { message: /scene\.yaml:2:8: slow\[0\]: expected a node, its service time/ });
	await writeFile(file, 'replica: 3\n');
	await t.throwsAsync(loadScene(file, {}), { message: /scene\.yaml:1:1:.*unknown key "replica"/ });
	await t.throwsAsync(loadScene(join(file, 'nowhere'), {}), { message: /cannot be read|no such file/ });
});
