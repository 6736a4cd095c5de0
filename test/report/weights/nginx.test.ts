import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { nginx } from '../../../src/report/weights/nginx.js';
import { findNginx, nginxArgv } from '../../../src/systems/nginx.js';
import { have, scratch } from '../../subjects/stage.js';
import { HOSTILE, SERVERS } from './stage.js';

test('an upstream with weights, what is down marked so, foreign text harmless', (t) => {
	const text = nginx(SERVERS, 'app');
	const [head, first, second, third, end] = text.split('\n');
	t.is(head, 'upstream app {');
	t.is(first, '\tserver 127.0.0.1:8001 weight=67; # 1. http://127.0.0.1:8001: mean 12ms');
	t.true(second?.startsWith('\tserver [::1]:8002 weight=33; # '));
	t.is(third, '\tserver 127.0.0.1:8003 down; # 3. http://127.0.0.1:8003: 3 of 3 missed: refused');
	t.is(end, '}');
	t.false(text.includes('\u001b'));
});

test('what no config can hold is refused', (t) => {
	for (const [servers, pool] of HOSTILE) t.throws(() => nginx(servers, pool), { instanceOf: TypeError });
});

test('nginx -t takes it', async (t) => {
	if (!have(t, 'nginx')) return;
	const dir = scratch(t);
	const file = join(dir, 'nginx.conf');
	writeFileSync(
		file,
		`pid ${dir}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${nginx(SERVERS, 'app')}\nserver { listen 127.0.0.1:9; location / { proxy_pass http://app; } }\n}\n`,
	);
	const [program, ...args] = nginxArgv(await findNginx(), file, dir) as [string, ...string[]];
	const ran = spawnSync(program, [...args, '-t'], { encoding: 'utf8', timeout: 20_000 });
	t.is(ran.status, 0, ran.stderr);
});
