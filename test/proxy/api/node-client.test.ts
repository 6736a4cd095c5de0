import test from 'ava';
import { serveProxy } from '../../../src/proxy/api/serve.js';
import { exerciseApi, exerciseData } from './node-client.js';

test('the published Node client sees of the API what it sees of Toxiproxy', async (t) => {
	const server = await serveProxy({ port: 0 });
	t.teardown(server.close);
	await exerciseApi(t, server.url);
	await exerciseData(t, server.url);
});
