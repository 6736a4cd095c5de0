import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadScene } from '../../src/config/scene-load.js';
import { parseDuration } from '../../src/model/duration.js';
import { compare } from '../../src/simulator/comparison.js';
import { measured } from '../simulator/policies-page.js';

for (const name of ['slow', 'dead', 'dead-ejected', 'frozen', 'queue', 'queue-clients']) {
	test(`docs/policies.md, ${name}: every figure is that of the code`, async (t) => {
		const table = await measured();
		const { scene, policies } = await loadScene(fileURLToPath(new URL(`../../../examples/scenes/${name}.yaml`, import.meta.url)), {});
		for (const { policy, success, p99Ms } of compare(scene, policies)) {
			const written = table.get(policy)?.get(name) ?? '';
			const near = written.endsWith('%')
				? Math.abs(Number(written.replace(' %', '')) - success * 100) < 0.05
				: Math.abs((parseDuration(written) ?? Number.NaN) / p99Ms! - 1) < 0.02;
			t.true(near, `${policy}: ${written}, measured ${success} ${p99Ms}: run node scripts/policies.js`);
		}
	});
}
