import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import test from 'ava';
import { ranking } from '../../src/engine/ranking.js';
import { CHOOSER_NAMES } from '../../src/model/plan.js';
import { rankingTable } from '../../src/report/ranking.js';
import { PLAIN } from '../../src/report/style.js';

const watched = [
	{ endpoint: 'http://a\u001b[31m/', weight: 1, opinion: { state: 'up' as const, why: 'answers' }, samples: [] },
	{ endpoint: 'http://b/', weight: 3, opinion: { state: 'down' as const, why: 'refused' }, samples: [] },
];

test('rank --json is of its schema under every policy', async (t) => {
	const check = new Ajv({ strict: true }).compile(JSON.parse(await readFile(new URL('../../../schemas/rank.schema.json', import.meta.url), 'utf8')));
	for (const policy of CHOOSER_NAMES) t.true(check(ranking(policy, watched)), policy);
});

test('a line for each endpoint, foreign text harmless', (t) => {
	const lines = rankingTable(ranking('weighted', watched).ranking, PLAIN).split('\n');
	t.regex(lines[0]!, /endpoint +state +share +weight +why/);
	t.regex(lines[1]!, /^1 +http:\/\/a\ufffd\[31m\/ +up +100\.0 % +1 +weight 1 of 1$/);
	t.regex(lines[2]!, /^2 +http:\/\/b\/ +down +0\.0 % +0 +refused$/);
});
