import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const url = process.env.DARUMA_URL ?? 'http://127.0.0.1:8080';

test('orders are priced for seven seconds, whatever happens behind the gateway', async () => {
	const until = performance.now() + 7000;
	let answered = 0;
	const failures = [];
	for (let n = 1; performance.now() < until; n++) {
		try {
			const answer = await fetch(`${url}/orders/${n}`, { signal: AbortSignal.timeout(2000) });
			assert.equal(answer.status, 200);
			assert.deepEqual(await answer.json(), { order: n, price: n * 3 });
			answered += 1;
		} catch (error) {
			failures.push(`order ${n}: ${error.message}`);
		}
		await sleep(20);
	}
	assert.deepEqual(failures, []);
	assert.ok(answered > 0);
});
