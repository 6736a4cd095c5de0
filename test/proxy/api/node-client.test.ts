import test from 'ava';
import { serveApi } from '../../../src/proxy/api/serve.js';
import { fakeProxies, infos } from './fake.js';
import { exerciseApi } from './node-client.js';

test('the published Node client sees of the API what it sees of Toxiproxy', async (t) => {
	const server = await serveApi({ proxies: fakeProxies(), infos, port: 0 });
	t.teardown(server.close);
	await exerciseApi(t, server.server.url);
});
