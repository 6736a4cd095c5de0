import test from 'ava';
import { consulRouting } from '../../src/subjects/consul-routing.js';
import { serveHttp } from '../discovery/registry-stage.js';
import { serveAgent } from './consul-agent.js';

const host = '127.0.0.1';
const nodes = [
	{ name: 'n1', host, port: 11 },
	{ name: 'n2', host, port: 12 },
	{ name: 'n3', host, port: 13 },
];

test('out and in again, seen in the list of the service; each is told once', async (t) => {
	const agent = await serveAgent(t, 'web', [
		{ id: 'web/1', port: 11 },
		{ id: 'web/2', port: 12 },
	]);
	const routing = consulRouting(nodes, { url: `http://${agent.host}/`, service: 'web' });
	t.is(routing.by, 'consul');
	t.is(await routing.seen('n2', 'in'), 'listed without maintenance mode');
	t.is(await routing.seen('n2', 'out'), null);
	await routing.set('n2', 'drain');
	await routing.set('n2', 'out');
	t.is(await routing.seen('n2', 'in'), null);
	t.is(await routing.seen('n2', 'out'), 'maintenance mode (daruma: n2 was down)');
	t.is(await routing.seen('n1', 'out'), null);
	await routing.set('n2', 'in');
	await routing.set('n2', 'in');
	t.is(await routing.seen('n2', 'in'), 'listed without maintenance mode');
	t.deepEqual(agent.puts, [
		'/v1/agent/service/maintenance/web%2F2?enable=true&reason=daruma%3A%20n2%20was%20down',
		'/v1/agent/service/maintenance/web%2F2?enable=false',
	]);
});

test('who is not listed is out; and is not in before it registers', async (t) => {
	const agent = await serveAgent(t, 'web', [{ id: 'a', port: 11 }]);
	const routing = consulRouting(nodes, { url: `http://${agent.host}`, service: 'web' });
	for (const state of ['out', 'in'] as const) await routing.set('n3', state);
	t.is(await routing.seen('n3', 'out'), 'the service does not list it');
	t.is(await routing.seen('n3', 'in'), null);
	t.deepEqual(agent.puts, []);
});

test('what somebody else has put into maintenance stays there', async (t) => {
	const agent = await serveAgent(t, 'web', [{ id: 'a', port: 11, maintenance: 'disk' }]);
	const routing = consulRouting(nodes, { url: `http://${agent.host}`, service: 'web' });
	for (const state of ['out', 'in'] as const) await routing.set('n1', state);
	t.regex((await routing.seen('n1', 'in')) ?? '', /somebody else \(disk\)/);
	t.is(agent.reasonOf('a'), 'disk');
});

test('no agent, no Consul, and no leave to write are exit 4, in words', async (t) => {
	const denies = await serveHttp(t, (_, response) => void response.writeHead(403).end('Permission denied'));
	const page = await serveHttp(t, (_, response) => void response.end('<html>'));
	for (const [url, message] of [
		['http://127.0.0.1:1', /Consul at 127\.0\.0\.1:1: .*connection refused/],
		[`http://${denies}`, /answered 403 to health\/service\/web: Permission denied/],
		[`http://${page}`, /gave no list of services/],
	] as const) {
		const error = await t.throwsAsync(consulRouting(nodes, { url, service: 'web' }).set('n1', 'out'), { code: 'E_CONSUL' });
		t.regex(error!.message, message);
	}
});
