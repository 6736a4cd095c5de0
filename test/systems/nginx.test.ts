import test from 'ava';
import { findNginx, nginxArgv, parseNginxProblem } from '../../src/systems/nginx.js';

for (const [output, problem] of [
	[
		'2026/11/23 12:42:45 [emerg] 12594#12594: unexpected end of file, expecting "}" in /d/n.conf:2\nnginx: configuration file /d/n.conf test failed\n',
		{ message: 'unexpected end of file, expecting "}"', file: '/d/n.conf', line: 2 },
	],
	['nginx: [emerg] unknown directive "x" in /a b/n.conf:12\n', { message: 'unknown directive "x"', file: '/a b/n.conf', line: 12 }],
	[
		'nginx: [warn] something\nnginx: [emerg] open() "/var/log/x" failed (13: Permission denied)\n',
		{ message: 'open() "/var/log/x" failed (13: Permission denied)', file: null, line: null },
	],
	['Segmentation fault\n', { message: 'Segmentation fault', file: null, line: null }],
] as const) {
	test(`problem: ${problem.message}`, (t) => t.deepEqual(parseNginxProblem(output), problem));
}

test('-e only where nginx knows it', (t) => {
	t.deepEqual(nginxArgv({ path: '/n', version: '1.22.1' }, '/c', '/d'), ['/n', '-e', 'stderr', '-p', '/d', '-c', '/c']);
	t.deepEqual(nginxArgv({ path: '/n', version: '1.18.0' }, '/c', '/d', 'daemon off;'), ['/n', '-p', '/d', '-c', '/c', '-g', 'daemon off;']);
});

test.serial('an nginx that is not there: exit 2, with how to get it', async (t) => {
	const before = process.env.DARUMA_NGINX;
	process.env.DARUMA_NGINX = '/nowhere/nginx';
	try {
		const error = await t.throwsAsync<Error & { code: string; exit: number; hint: string }>(findNginx());
		t.deepEqual([error?.code, error?.exit], ['E_NOT_FOUND', 2]);
		t.regex(error?.message ?? '', /\/nowhere\/nginx \(DARUMA_NGINX\)/);
		t.regex(error?.hint ?? '', /apt-get install nginx-light/);
	} finally {
		if (before === undefined) delete process.env.DARUMA_NGINX;
		else process.env.DARUMA_NGINX = before;
	}
});
