import { createServer } from 'node:http';
import test from 'ava';
import { readPeers } from '../../src/discovery/nginx-plus.js';
import { listen } from '../probes/ask.js';
import { follow, has, isLost, lines } from './stage.js';

/** A peer as the API reference has it (http_upstream_peer); what is not read is left out. */
const peer = (id: number, server: string, state: string, more = {}) => ({ id, server, name: server, backup: false, weight: 1, state, active: 0, ...more });

test('peers: states, weights, backups, names; an address that cannot be asked is told', (t) => {
	const { entries, note } = readPeers({
		peers: [
			peer(0, '10.0.0.1:80', 'up', { weight: 5 }),
			peer(1, '10.0.0.2:80', 'draining'),
			peer(2, '[::1]:80', 'unhealthy', { name: 'web.example:80' }),
			peer(3, 'unix:/run/a.sock', 'unavail', { backup: true }),
			peer(4, '10.0.0.4:80', 'checking'),
			peer(5, '', 'down', { name: 'nowhere' }),
		],
		zone: 'u',
	});
	t.deepEqual(lines(entries), [
		'10.0.0.1:80 up ×5',
		'10.0.0.2:80 down (draining)',
		'[::1]:80 down (web.example:80 unhealthy)',
		'unix:/run/a.sock down backup (unavail)',
		'10.0.0.4:80 down (checking)',
	]);
	t.is(note, 'without an address: nowhere');
	t.throws(() => readPeers({ error: {} }), { message: 'its answer has no peers' });
});

test('the API is asked again and again, with the password of the address; what it refuses keeps the list', async (t) => {
	let status = 200;
	let peers = [peer(0, '10.0.0.1:80', 'up')];
	const asked = new Set<string>();
	const port = await listen(
		t,
		createServer((request, response) => {
			asked.add(`${request.url} ${request.headers.authorization}`);
			response.writeHead(status).end(status === 200 ? JSON.stringify({ peers }) : '{"error":{"text":"upstream not found"}}');
		}),
	);
	const { until, news } = await follow(t, `nginx+plus://user:pass@127.0.0.1:${port}/?every=100ms&kind=stream#my%20up`);
	await until(has('10.0.0.1:80 up'));
	peers = [];
	await until(has());
	peers = [peer(0, '10.0.0.2:80', 'down')];
	await until(has('10.0.0.2:80 down (down)'));
	status = 404;
	t.is((await until(isLost(/it has no stream upstream my%20up/))).entries.length, 1);
	status = 503;
	await until(isLost(/\/api\/9\/stream\/upstreams\/\S+: it answered 503$/));
	t.deepEqual([...asked], [`/api/9/stream/upstreams/my%2520up Basic ${Buffer.from('user:pass').toString('base64')}`]);
	t.false(news.join().includes('pass'));
});
