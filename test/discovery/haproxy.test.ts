import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { readHaproxyFile } from '../../src/discovery/haproxy-file.js';
import { readServerTables } from '../../src/discovery/haproxy-servers.js';
import { freePort } from '../../src/platform/ports.js';
import { findHaproxy } from '../../src/systems/haproxy.js';
import { start } from '../probes/real.js';
import { have, scratch, tinyNode } from '../subjects/stage.js';
import { fixtureText, follow, has, isLost, lines } from './stage.js';

test('what a real HAProxy 2.6 says of its servers: states, weights, backups, and one whose address it does not tell', (t) => {
	const { entries, note } = readServerTables(fixtureText('haproxy-servers.txt'), 'app');
	t.deepEqual(lines(entries), [
		'127.0.0.1:18432 up ×10 (s1)',
		'127.0.0.1:18433 down backup (s2 DRAIN)',
		'[::1]:18434 down (s3 MAINT)',
		'127.0.0.1:18436 down (s5 weight 0 no check)',
		'127.0.0.1:18437 down (t1 MAINT)',
		'127.0.0.1:18437 down (t2 DOWN)',
	]);
	t.is(note, 'without an address: s4 (a socket whose path HAProxy does not tell)');
});

for (const [said, message] of [
	["\nCan't find backend.\n\nNo such proxy.\n\n", /^it has no backend app$/],
	['Permission denied\n', /^it answered: Permission denied$/],
	["Unknown command: 'show'\n", /^it answered: Unknown command/],
	['', /^it closed without an answer$/],
] as const)
	test(`no list: ${JSON.stringify(said)}`, (t) => {
		t.regex(t.throws(() => readServerTables(said, 'app')).message, message);
	});

const CONF = `global
  maxconn 10
defaults
  default-server weight 5 inter 1s
frontend f
  bind :80
backend app # a comment
  default-server backup
  server s1 127.0.0.1:80 check no-backup
  server s2 ipv4@10.0.0.1:81 weight 0
  server s3 [::1]:82 disabled
  server s4 /run/a.sock weight 7
  server s5 unix@/run/b.sock
  server s6 "\${HOST}:80"
  server-template t 1-3 n.example:83 check
listen empty
  bind :81
`;

test('a configuration file: defaults, states, sockets, templates; what has no address is told', (t) => {
	const { entries, note } = readHaproxyFile('f', CONF, 'app');
	t.deepEqual(lines(entries), [
		'127.0.0.1:80 unknown ×5 (s1)',
		'10.0.0.1:81 down backup (s2 weight 0)',
		'[::1]:82 down ×5 backup (s3 disabled)',
		'unix:/run/a.sock unknown ×7 backup (s4)',
		'unix:/run/b.sock unknown ×5 backup (s5)',
		'n.example:83 unknown ×5 backup (t)',
	]);
	t.is(note, `without an address: s6 (line 14: "\${HOST}:80" names no port and host)`);
	t.deepEqual(readHaproxyFile('f', CONF, 'empty').entries, []);
	t.is(readHaproxyFile('f', CONF, null).entries.length, 6);
	t.regex(t.throws(() => readHaproxyFile('f', CONF, 'nope')).message, /^f: there is no backend nope; it has app, empty$/);
	t.regex(t.throws(() => readHaproxyFile('f', 'backend a\n server s h:1 weight x', null)).message, /^f:2: expected a weight from 0 to 256, found "x"$/);
});

test('over TCP: what it answers is the list, what it refuses an outage', async (t) => {
	const port = await freePort();
	let says = fixtureText('haproxy-servers.txt');
	const asked: string[] = [];
	const server = createServer((socket) => {
		socket.setEncoding('utf8').on('data', (text: string) => {
			asked.push(text);
			socket.end(says);
		});
		socket.on('error', () => {});
	});
	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	const { until } = await follow(t, `haproxy:tcp://127.0.0.1:${port}?every=100ms#app`);
	await until(({ entries }) => entries.length === 5);
	t.is(asked[0], 'show servers state app;show stat app 4 -1\n');
	says = 'Permission denied\n';
	const { entries } = await until(isLost(/127.0.0.1:\d+: it answered: Permission denied/));
	t.is(entries.length, 5);
});

test('a real HAProxy: what it thinks of its servers is followed; it goes, and the list stays', async (t) => {
	if (!have(t, 'haproxy')) return;
	const dir = scratch(t);
	const socket = join(dir, 's');
	const [up, down, port] = [await tinyNode(t, 'n1'), await freePort(), await freePort()];
	writeFileSync(
		join(dir, 'h.cfg'),
		`global\n  stats socket ${socket} mode 600 level admin\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nfrontend f\n  bind 127.0.0.1:${port}\n  default_backend app\nbackend app\n  server s1 127.0.0.1:${up.port} check inter 100ms weight 10\n  server s2 127.0.0.1:${down} check inter 100ms fall 1\n`,
	);
	const { until } = await follow(t, `haproxy:${socket}?every=100ms#app`);
	await until(isLost(/there is no such socket/));
	const { path } = await findHaproxy();
	const child = start(t, path, ['-db', '-f', join(dir, 'h.cfg')]);
	await until(has(`127.0.0.1:${up.port} up ×10 (s1)`, `127.0.0.1:${down} down (s2 DOWN)`));
	await up.close();
	await until(({ entries }) => entries.every(({ status }) => status === 'down'));
	child.kill('SIGKILL');
	const { entries } = await until(isLost(/nobody listens there/));
	t.is(entries.length, 2);
});
