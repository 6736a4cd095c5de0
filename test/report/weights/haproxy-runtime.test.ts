import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { haproxy } from '../../../src/report/weights/haproxy.js';
import { haproxyRuntime } from '../../../src/report/weights/haproxy-runtime.js';
import { serverName } from '../../../src/report/weights/writer.js';
import { findHaproxy } from '../../../src/systems/haproxy.js';
import { have, scratch } from '../../subjects/stage.js';
import { HOSTILE, SERVERS } from './stage.js';

test('one line per server', (t) => {
	t.is(haproxyRuntime(SERVERS, 'app'), 'set server app/127.0.0.1_8001 weight 67\nset server app/__1_8002 weight 33\nset server app/127.0.0.1_8003 weight 0\n');
	for (const [servers, pool] of HOSTILE) t.throws(() => haproxyRuntime(servers, pool), { instanceOf: TypeError });
});

const ask = async (socket: string, line: string): Promise<string> => {
	const to = connect(socket);
	let answer = '';
	to.setEncoding('utf8').on('data', (text: string) => {
		answer += text;
	});
	to.end(`${line}\n`);
	await once(to, 'close');
	return answer.trim();
};

test('a server keeps its name when its rank changes', (t) => {
	const turned = [...SERVERS].reverse().map((server, i) => ({ ...server, rank: i + 1 }));
	t.deepEqual(haproxyRuntime(turned, 'app').split('\n').sort(), haproxyRuntime(SERVERS, 'app').split('\n').sort());
});

test('a running HAProxy takes the new weights', async (t) => {
	if (!have(t, 'haproxy')) return;
	const dir = scratch(t);
	const [file, socket] = [join(dir, 'haproxy.cfg'), join(dir, 'stats')];
	const before = SERVERS.map((server) => ({ ...server, weight: 5 }));
	writeFileSync(
		file,
		`global\n\tstats socket ${socket} level admin\ndefaults\n\tmode http\n\ttimeout connect 1s\n\ttimeout client 1s\n\ttimeout server 1s\n${haproxy(before, 'app')}`,
	);
	const child = spawn((await findHaproxy()).path, ['-db', '-f', file], { stdio: 'ignore' });
	t.teardown(() => child.kill('SIGKILL'));
	for (let tries = 0; !existsSync(socket) && tries < 400; tries++) await wait(25);
	for (const line of haproxyRuntime(SERVERS, 'app').trimEnd().split('\n')) t.is(await ask(socket, line), '', line);
	for (const server of SERVERS) t.regex(await ask(socket, `get weight app/${serverName(server)}`), new RegExp(`^${server.weight} \\(initial 5\\)`));
});
