import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { haproxy } from '../../../src/report/weights/haproxy.js';
import { findHaproxy } from '../../../src/systems/haproxy.js';
import { have, scratch } from '../../subjects/stage.js';
import { HOSTILE, SERVERS } from './stage.js';

test('server lines with weights, 0 for what is down', (t) => {
	const lines = haproxy(SERVERS, 'app').split('\n');
	t.is(lines[0], 'backend app');
	t.is(lines[1], '\tserver 127.0.0.1_8001 127.0.0.1:8001 weight 67 check # 1. http://127.0.0.1:8001: mean 12ms');
	t.true(lines[2]?.startsWith('\tserver __1_8002 [::1]:8002 weight 33 check # '));
	t.true(lines[3]?.startsWith('\tserver 127.0.0.1_8003 127.0.0.1:8003 weight 0 check # '));
	t.is(lines.length, 5);
});

test('what no config can hold is refused, and no weight is above 256', (t) => {
	for (const [servers, pool] of HOSTILE) t.throws(() => haproxy(servers, pool), { instanceOf: TypeError });
	t.regex(haproxy([{ ...SERVERS[0]!, weight: 900 }], 'app'), / weight 256 /);
});

test('haproxy -c takes it', async (t) => {
	if (!have(t, 'haproxy')) return;
	const file = join(scratch(t), 'haproxy.cfg');
	const defaults = 'defaults\n\tmode http\n\ttimeout connect 1s\n\ttimeout client 1s\n\ttimeout server 1s\n';
	writeFileSync(file, `${defaults}${haproxy(SERVERS, 'app')}frontend f\n\tbind 127.0.0.1:9\n\tdefault_backend app\n`);
	const ran = spawnSync((await findHaproxy()).path, ['-c', '-f', file], { encoding: 'utf8', timeout: 20_000 });
	t.is(ran.status, 0, ran.stdout + ran.stderr);
});
