import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { boundedLoad } from '../../src/policies/bounded-load.js';
import { ring } from '../../src/policies/ring.js';
import { homes } from './keys.js';
import { candidates } from './table.js';

test('without load it is the ring', (t) => {
	const all = candidates(1, 1, 1, 1);
	t.deepEqual(homes(boundedLoad(), all, 3000), homes(ring(), all, 3000));
});

test('one key that everybody wants: no node is ever above ⌈c · (m + 1) / n⌉', (t) => {
	for (const factor of [1.25, 2]) {
		const policy = boundedLoad(factor);
		const all = candidates(1, 1, 1, 1);
		const load = [0, 0, 0, 0];
		for (let m = 0; m < 200; m++) {
			const index = policy.pick(all, rng(1), 0, 'the celebrity');
			policy.sent?.(index, 0);
			load[index]! += 1;
			t.true((load[index] as number) <= Math.ceil((factor * (m + 1)) / 4), `${factor} ${m} ${load}`);
		}
		t.true(Math.max(...load) >= Math.floor((factor * 200) / 4) - 1, 'and the key’s own node is full');
	}
});

test('the bound goes by weight', (t) => {
	const policy = boundedLoad(1.25);
	const all = candidates(3, 1);
	const load = [0, 0];
	for (let m = 0; m < 100; m++) {
		const index = policy.pick(all, rng(1), 0, `user ${m}`);
		policy.sent?.(index, 0);
		load[index]! += 1;
	}
	t.true((load[1] as number) <= Math.ceil(1.25 * 101 * 0.25), String(load));
});
