import test from 'ava';
import { costOf } from '../../../src/checks/compare/cost.js';
import { judgeMesh } from '../../../src/checks/mesh/judge.js';
import type { Collected } from '../../../src/checks/mesh/matrix.js';
import { meshTable } from '../../../src/report/mesh/table.js';
import { PLAIN } from '../../../src/report/style.js';
import { mesh } from '../../checks/mesh/stage.js';

const told = (collected: readonly Collected[]): string =>
	meshTable(
		judgeMesh(collected, {
			staleMs: 10_000,
			costs: collected.flatMap(({ views }) => views?.cost ?? []),
			collecting: costOf({ requests: collected.length, bytesSent: 300, bytesReceived: 1200, windowMs: 1000 }),
		}),
		{ style: PLAIN },
	);

test('who sees whom, the quorum, what is wrong, and what it costs', (t) => {
	t.is(
		told(mesh('.DU', 'U.U', 'UU.')),
		`SEES    n1        n2           n3
n1      ·         down 4s      up 0.5ms
n2      up 0.5ms  ·            up 0.5ms
n3      up 0.5ms  up 0.5ms     ·
here    up 1ms    up 1ms       up 1ms
quorum  up 3/3    suspect 2/3  up 3/3
n1 sees n2 down for 4s, n2 sees n1 up; n3 and we see both up
fail
detection costs: 24 requests/s, 3.6 KB/s (2.4 KB/s sent, 1.2 KB/s received); 3 nodes look at each other: n × (n − 1) = 6 pairs
with 6 nodes it would be 120 requests/s, 18 KB/s (30 pairs)
asking for these views cost 3 requests, 1.5 KB
`,
	);
});

test('what a silent one would have told is not known', (t) => {
	const text = told(mesh('.UD', 'U.D', '-'));
	t.regex(text, /^n3 +\? +\? +·$/m);
	t.regex(text, /n × \(n − 1\) = 6 pairs, counted at 2 of 3 vantage points/);
	t.regex(told(mesh('.U', 'U.')), /^pass: 2 endpoints/m);
	t.regex(told([]), /^inconclusive: there are no views$/m);
});

test('foreign names cannot steer a terminal', (t) => {
	const views = { vantage: 'a\u001b[2Jb', views: [{ endpoint: 'x\u202e\ny', state: 'down' as const, sinceMs: 1, latencyMs: null }] };
	const text = told([{ url: 'u', address: 'a', name: null, views, why: '', latencyMs: 1 }]);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
	t.notRegex(text, /[\u0000-\u0009\u000b-\u001f\u202e]/);
});
