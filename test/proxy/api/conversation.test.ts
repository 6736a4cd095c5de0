import { readFileSync } from 'node:fs';
import test from 'ava';
import { serveProxy } from '../../../src/proxy/api/serve.js';
import { CONVERSATION, RECORDED } from './questions.js';
import { short, side, tell } from './sides.js';

test('every route and every error answers as Toxiproxy 2.12.0 has answered, byte for byte', async (t) => {
	const recorded = readFileSync(RECORDED, 'utf8').trimEnd().split('\n');
	t.is(recorded.length, CONVERSATION.length, 'the questions have changed: record the answers anew');
	const server = await serveProxy({ port: 0 });
	t.teardown(server.close);
	const ours = await side(server.url);
	const differences: string[] = [];
	for (const [i, question] of CONVERSATION.entries()) {
		const mine = JSON.stringify({ question: short(question), answer: await tell(ours, question) });
		if (mine !== recorded[i]) differences.push(`ours     ${mine.slice(0, 1000)}\ntheirs   ${recorded[i]?.slice(0, 1000)}`);
	}
	t.is(differences.length, 0, differences.slice(0, 20).join('\n'));
});
