import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { RouteState } from '../../src/model/routing.js';
import { nginx } from '../../src/subjects/nginx.js';
import { have, openStage, send, tinyNode } from './stage.js';

test.serial('out: marked down and reloaded, other workers, no request comes there; in again: requests come', async (t) => {
	if (!have(t, 'nginx')) return;
	const nodes = [await tinyNode(t, 'n1'), await tinyNode(t, 'n2'), await tinyNode(t, 'n3')] as const;
	const stage = await openStage(t, nodes);
	const subject = await nginx.start({ kind: 'nginx', config: 'default' }, stage);
	const routing = subject.routing!;
	const turn = async (name: string, state: RouteState): Promise<string> => {
		await routing.set(name, state);
		for (;;) {
			const seen = await routing.seen(name, state);
			if (seen !== null) return seen;
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	};
	t.regex(await turn('n2', 'out'), /marked down/);
	t.regex(readFileSync(join(stage.dir, 'conf/nginx.conf'), 'utf8'), new RegExp(`server 127\\.0\\.0\\.1:${nodes[1].port} down;`));
	for (let i = 0; i < 9; i++) t.is((await send(stage, subject.target!, `r${i}`)).status, 200);
	t.deepEqual(nodes[1].received, []);
	t.regex(await turn('n2', 'in'), /not marked down/);
	for (let i = 0; i < 9; i++) t.is((await send(stage, subject.target!, `s${i}`)).status, 200);
	t.is(nodes[1].received.length, 3);
	await turn('n1', 'out');
	await turn('n2', 'out');
	await t.throwsAsync(routing.set('n3', 'out'), { message: /is the last server of the upstream be/ });
	await subject.stop();
});
