import test from 'ava';
import { callsOfEveryKind } from '../proxy/tap/h2-calls.js';
import { conversation } from '../proxy/tap/h2-fuzz.js';

// 100 000 in all; in parts, so that a busy machine gets done with each in time.
for (let part = 1; part <= 10; part++) {
	test.serial(`gRPC calls, streamed, given up and many at once, ${part} of 10: receipts and responses are what the server says`, async (t) => {
		t.timeout(600_000);
		await callsOfEveryKind(t, 1000 + part, 9000, 6, false);
		await callsOfEveryKind(t, 2000 + part, 1000, 4, true);
	});
}

test.serial('1000 conversations by chance between strict ends', (t) => {
	t.timeout(600_000);
	let consumed = 0;
	for (let seed = 1000; seed < 2000; seed++) consumed += conversation(t, seed, 300).consumed;
	t.true(consumed > 5000, `${consumed}`);
});
