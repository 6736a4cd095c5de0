import type { ServerResponse } from 'node:http';
import test from 'ava';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { resolveNodes } from '../../src/traffic/resolve.js';
import { serveHttp } from '../discovery/registry-stage.js';

const service = (port: number, status: string) => ({ Service: { Address: '127.0.0.1', Port: port }, Checks: [{ Status: status }] });

test('nodes of the cluster that are listed and not down; strangers get a note and nothing else; a loss keeps the list', async (t) => {
	const waiting: ServerResponse[] = [];
	let n = 0;
	const place = await serveHttp(t, (_, response) => {
		n += 1;
		response.setHeader('x-consul-index', String(n));
		// None of ours at first: not enough to begin with.
		if (n === 1) response.end(JSON.stringify([service(9, 'passing')]));
		else if (n === 2) response.end(JSON.stringify([service(1, 'passing'), service(2, 'critical'), service(9, 'passing')]));
		else waiting.push(response);
	});
	const lists: number[][] = [];
	const notes: string[] = [];
	let told = (): void => {};
	const lost = new Promise<void>((resolve) => {
		told = resolve;
	});
	const following = await resolveNodes({
		address: `consul://${place}/web`,
		nodes: [1, 2, 3].map((port) => ({ name: `n${port}`, host: '127.0.0.1', port })),
		brain: { listed: (indices) => lists.push([...indices]) },
		clock: new MonotonicClock(monotonicNs()),
		record({ text }) {
			notes.push(text);
			if (/keeps its last list/.test(text)) told();
		},
	});
	t.teardown(() => following.close());
	t.deepEqual(lists, [[], [0]]);
	while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	waiting[0]!.destroy();
	await lost;
	t.deepEqual(lists, [[], [0]], 'an outage is no list');
	t.is(notes.filter((text) => text.includes('127.0.0.1:9 too')).length, 1);
});
