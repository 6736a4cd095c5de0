import test from 'ava';
import { callsOfEveryKind } from '../proxy/tap/h2-calls.js';
import { conversation } from '../proxy/tap/h2-fuzz.js';

test.serial('100 000 gRPC calls, streamed, given up and many at once: receipts and responses are what the server says', async (t) => {
	t.timeout(600_000);
	for (let n = 0; n < 10; n++) await callsOfEveryKind(t, 1000 + n, 9000, 6, false);
	for (let n = 0; n < 5; n++) await callsOfEveryKind(t, 2000 + n, 2000, 4, true);
});

test.serial('1000 conversations by chance between strict ends', (t) => {
	t.timeout(600_000);
	let consumed = 0;
	for (let seed = 1000; seed < 2000; seed++) consumed += conversation(t, seed, 300).consumed;
	t.true(consumed > 5000, `${consumed}`);
});
