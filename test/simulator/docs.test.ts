import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadScene } from '../../src/config/scene-load.js';
import { CHOOSER_NAMES, type ChooserName } from '../../src/model/plan.js';
import { compare } from '../../src/simulator/comparison.js';
import { measured, policiesPage } from './policies-page.js';

test('docs/policies.md has a rule and figures for every policy', async (t) => {
	const text = await policiesPage();
	const rules = [...text.matchAll(/^\| `([a-z0-9-]+)` \| [^|]{10,}\|/gm)].map(([, name]) => name);
	t.deepEqual([...rules].sort(), [...CHOOSER_NAMES].sort());
	t.deepEqual([...(await measured()).keys()], CHOOSER_NAMES);
});

test('its figures are those of the code: three policies, four scenes', async (t) => {
	const table = await measured();
	const policies: ChooserName[] = ['round-robin', 'p2c', 'peak-ewma'];
	for (const name of ['slow', 'dead', 'dead-ejected', 'frozen']) {
		const { scene } = await loadScene(fileURLToPath(new URL(`../../../examples/scenes/${name}.yaml`, import.meta.url)), {});
		for (const { policy, success } of compare(scene, policies)) {
			const written = Number(table.get(policy)?.get(name)?.replace(' %', ''));
			t.true(Math.abs(written - success * 100) < 0.05, `${name} ${policy}: ${written}, measured ${success * 100}: run node scripts/policies.js`);
		}
	}
});

test('every scene of the examples says in its first line what it is', async (t) => {
	for (const name of ['slow', 'dead', 'dead-ejected', 'frozen', 'queue', 'queue-clients']) {
		t.regex(await readFile(new URL(`../../../examples/scenes/${name}.yaml`, import.meta.url), 'utf8'), /^# .+\.\n/, name);
	}
});
