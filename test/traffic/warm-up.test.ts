import test from 'ava';
import { openSender } from '../../src/traffic/send.js';
import { warmUp } from '../../src/traffic/warm-up.js';

for (const connections of ['pooled', 'fresh'] as const) {
	test(`${connections}: it ends, and the sender works afterwards as before`, async (t) => {
		const sender = await openSender(connections);
		await t.notThrowsAsync(warmUp(sender));
		await sender.close();
	});
}

test('a sender that answers nothing well does not hold it up', async (t) => {
	let asked = 0;
	await warmUp({
		send(_to, _request, done) {
			asked += 1;
			setImmediate(() => done({ kind: 'failed', error: 'ECONNREFUSED', unsent: true }));
			return { written: false, abandon: () => true };
		},
		close: async () => {},
	});
	t.true(asked > 0);
});
