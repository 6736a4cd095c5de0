import test from 'ava';
import { costOf } from '../../../src/checks/compare/cost.js';
import { judgeMesh } from '../../../src/checks/mesh/judge.js';
import { mesh } from './stage.js';

const SETTINGS = { staleMs: 10_000, costs: [], collecting: costOf({ requests: 0, bytesSent: 0, bytesReceived: 0, windowMs: 0 }) };

for (const [lines, verdict, why] of [
	[['.UU', 'U.U', 'UU.'], 'pass', /^3 endpoints/],
	[['.DU', 'U.U', 'UU.'], 'fail', /^n1 sees n2 down/],
	[['.UD', 'U.D', '-'], 'fail', /^n3 is down/],
	[['.DU', 'D.D', '-'], 'fail', /more\)$/],
	[['.??', '?.?', '??.'], 'inconclusive', /needed views/],
	[['-', '-'], 'inconclusive', /did not tell/],
	[[], 'inconclusive', /no views/],
] as const)
	test(`${lines.join(' / ') || 'nothing'}: ${verdict}`, (t) => {
		const result = judgeMesh(mesh(...lines), SETTINGS);
		t.is(result.verdict, verdict, result.why);
		t.regex(result.why, why);
	});
