import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cluster } from 'daruma';
import { failover } from './client.js';

let c;
let ask;
before(async () => {
	c = await cluster({ replicas: 3, builtin: { http: { serviceMs: 5 } } });
	ask = failover(c.nodes.map(({ url }) => url), 1000);
});
after(() => c?.stop());

const answers = async (calls) => {
	const all = [];
	for (let i = 0; i < calls; i++) all.push(await ask('/orders'));
	return all;
};

test('every replica is asked in turn', async () => {
	assert.equal(new Set((await answers(3)).map(({ from }) => from)).size, 3);
});

for (const kind of ['kill', 'freeze', 'error']) {
	test(`${kind}: every call is answered, by the others`, async () => {
		const fault = await c.inject(kind, 'n2');
		try {
			const all = await answers(6);
			assert.ok(all.every(({ from }) => from !== c.nodes[1].url));
			assert.ok(all.some(({ tries }) => tries > 1), 'n2 was tried');
		} finally {
			// Resolves when n2 was seen to answer again.
			await fault.heal();
		}
		assert.equal(new Set((await answers(3)).map(({ from }) => from)).size, 3);
	});
}
