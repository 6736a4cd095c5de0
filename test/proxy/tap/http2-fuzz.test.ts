import test from 'ava';
import { conversation } from './h2-fuzz.js';

test('conversations by chance between strict ends, cut anyhow, under faults that come and go', (t) => {
	let consumed = 0;
	let passed = 0;
	for (let seed = 0; seed < 60; seed++) {
		const count = conversation(t, seed, 300);
		consumed += count.consumed;
		passed += count.passed;
	}
	t.true(consumed > 200 && passed > 1200, `${consumed} were consumed, ${passed} passed`);
});
