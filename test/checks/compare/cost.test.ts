import test from 'ava';
import { costOf, Spent } from '../../../src/checks/compare/cost.js';

test('requests and bytes over the time from the first question to the last, and one interval more', (t) => {
	const spent = new Spent();
	for (const sentMs of [1000, 1000, 1500, 1500]) spent.add({ sentMs, bytes: { sent: 100, received: 300 } });
	t.deepEqual(spent.cost(500), {
		requests: 4,
		bytesSent: 400,
		bytesReceived: 1200,
		windowMs: 1000,
		requestsPerS: 4,
		bytesSentPerS: 400,
		bytesReceivedPerS: 1200,
	});
});

test('one question stands for one interval, and none has no rate', (t) => {
	const spent = new Spent();
	t.deepEqual([spent.cost(500).windowMs, spent.cost(500).requestsPerS], [0, null]);
	spent.add({ sentMs: 7, bytes: { sent: 1, received: 0 } });
	t.deepEqual([spent.cost(500).windowMs, spent.cost(500).requestsPerS, spent.cost(500).bytesReceivedPerS], [500, 2, 0]);
	t.is(costOf({ requests: 1, bytesSent: 1, bytesReceived: 1, windowMs: 0 }).requestsPerS, null);
});
