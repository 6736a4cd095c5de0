import test from 'ava';
import { SETTINGS, streamsOfEveryKind } from '../proxy/requests/h2-kinds.js';

for (const [i, [what, mine, theirs]] of SETTINGS.entries()) {
	test.serial(`ten times 300 streams of every kind through the HTTP/2 relay, ${what}`, async (t) => {
		t.timeout(600_000);
		for (let n = 0; n < 10; n++) await streamsOfEveryKind(t, 100 + i * 10 + n, 300, mine, theirs, n % 2 === 0);
	});
}
