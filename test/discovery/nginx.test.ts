import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { Looked } from '../../src/discovery/follow-files.js';
import { readNginx } from '../../src/discovery/nginx.js';
import { splitDump } from '../../src/discovery/nginx-dump.js';
import { findNginx, nginxArgv } from '../../src/systems/nginx.js';
import { runToEnd } from '../../src/systems/program.js';
import { have, scratch } from '../subjects/stage.js';
import { fixture, fixtureText, follow, has, isLost, lines } from './stage.js';

const REAL = [
	'127.0.0.1:18482 unknown ×5',
	'[::1]:18482 down (down)',
	'127.0.0.1:18485 unknown',
	'127.0.0.1:18483 unknown backup',
	'unix:/etc/nginx/app.sock unknown ×2',
];

test('the output of a real nginx -T: file by file, with its includes in their places', (t) => {
	const files = splitDump(fixtureText('nginx-T.txt'));
	t.deepEqual(
		[...(files?.keys() ?? [])].map((path) => path.replace('/etc/nginx/', '')),
		['nginx.conf', 'conf.d/backend.conf', 'conf.d/deep/servers-a', 'conf.d/deep/servers-b.list', 'conf.d/other.conf'],
	);
	t.deepEqual(lines(readNginx(fixture('nginx-T.txt'), 'backend', new Looked()).entries), REAL);
	t.deepEqual(lines(readNginx(fixture('nginx-T.txt'), 'other', new Looked()).entries), ['localhost:80 unknown']);
});

for (const [what, name, message] of [
	[
		'nginx found something wrong',
		'nginx-T-failed.txt',
		/nginx -T found: unexpected end of file, expecting ";" or "}" in \/etc\/nginx\/conf.d\/deep\/servers-b.list:2$/,
	],
	['which upstream is not said', 'nginx-T.txt', /nginx-T.txt: name one of its upstreams; it has backend, other$/],
] as const)
	test(`nginx -T, and ${what}`, (t) => {
		t.regex(t.throws(() => readNginx(fixture(name), null, new Looked())).message, message);
	});

/** Writes files into a folder of their own; the first is the main one. */
const conf = (t: Parameters<typeof scratch>[0], files: Record<string, string>): string => {
	const dir = scratch(t);
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(dir, name)), { recursive: true });
		writeFileSync(join(dir, name), text);
	}
	return join(dir, Object.keys(files)[0] as string);
};

for (const [what, files, want] of [
	['the only upstream needs no name', { c: 'stream { upstream u { server a:1; } }' }, ['a:1 unknown']],
	['usual port, quotes, comments', { c: 'http { upstream u { server "a" weight=3; # server b;\n server [::1]; } }' }, ['a:80 unknown ×3', '[::1]:80 unknown']],
	['what NGINX Plus keeps', { c: 'http { upstream u { zone u 64k; state s; } }', s: 'server a:1 drain; server b:2;' }, ['a:1 down (draining)', 'b:2 unknown']],
	['an empty state file', { c: 'http { upstream u { zone u 64k; state s; } }', s: '' }, []],
	[
		'wildcards in folders',
		{ c: 'http { include s/*/[!x]?.conf; }', 's/1/ab.conf': 'upstream u { server a:1;', 's/.2/ab.conf': 'wrong {', 's/3/xb.conf': 'wrong {' },
		null,
	],
	['resolve is no matter', { c: 'http { upstream u { server n.example:8080 resolve max_fails=3; } }' }, ['n.example:8080 unknown']],
] as const)
	test(`upstreams: ${what}`, (t) => {
		const main = conf(t, files as Record<string, string>);
		if (want === null) t.regex(t.throws(() => readNginx(main, 'u', new Looked())).message, /s\/1\/ab.conf:1: the block "upstream" is not closed$/);
		else t.deepEqual(lines(readNginx(main, null, new Looked()).entries), [...want]);
	});

for (const [what, files, message] of [
	['no file', { c: 'http { include d.conf; }' }, /\/c:1: include d.conf: .*d.conf: there is no such file$/],
	['syntax', { c: 'http {\n include d;\n}', d: 'upstream u {\n server a:1\n}' }, /\/d:3: unexpected "}"$/],
	['no upstream', { c: 'http { }' }, /there is no upstream u; it has no upstream$/],
	['another upstream', { c: 'http { upstream v { server a:1; } }' }, /there is no upstream u; it has v$/],
	['no server', { c: 'http {\n upstream u { }\n}' }, /\/c:2: no servers are inside upstream u$/],
	['weight', { c: 'http { upstream u { server a:1 weight=0; } }' }, /\/c:1: invalid weight "0" in upstream u$/],
	['address', { c: 'http { upstream u { server http://a; } }' }, /\/c:1: expected an address, found "http:\/\/a" in upstream u$/],
	['itself', { c: 'http { include c; }' }, /includes go deeper than 32$/],
] as const)
	test(`what is wrong is told with its place: ${what}`, (t) => {
		const main = conf(t, files as Record<string, string>);
		t.regex(t.throws(() => readNginx(main, 'u', new Looked())).message, message);
	});

test('servers whose ports are in the DNS are told of, not guessed', (t) => {
	const { entries, note } = readNginx(conf(t, { c: 'http { upstream u { server b.example service=_http._tcp resolve; server a:1; } }' }), 'u', new Looked());
	t.deepEqual(lines(entries), ['a:1 unknown']);
	t.regex(note ?? '', /b.example: its port is in the DNS \(service=_http._tcp\)/);
});

test('every included file is followed, also one that comes; what is wrong keeps the last good list', async (t) => {
	const main = conf(t, { 'nginx.conf': 'http { upstream u { include d/*.srv; } }', 'd/1.srv': 'server a:1;' });
	const dir = join(dirname(main), 'd');
	const { until } = await follow(t, `nginx:${main}#u`);
	await until(has('a:1 unknown'));
	writeFileSync(join(dir, '2.srv'), 'server b:2 weight=2;');
	await until(has('a:1 unknown', 'b:2 unknown ×2'));
	writeFileSync(join(dir, '1.srv'), 'server a:1 weight=9');
	const { entries } = await until(isLost(/d\/1.srv:1: unexpected end of file/));
	t.is(entries.length, 2);
	writeFileSync(join(dir, 'new'), 'server c:3 backup;');
	renameSync(join(dir, 'new'), join(dir, '1.srv'));
	rmSync(join(dir, '2.srv'));
	await until(has('c:3 unknown backup'));
	t.pass();
});

test('a real nginx -T says the same as its files; so does what it finds wrong', async (t) => {
	if (!have(t, 'nginx')) return;
	const main = conf(t, {
		'nginx.conf': 'daemon off; pid p; error_log stderr; events { }\nhttp { include d/*.conf; server { listen 127.0.0.1:1; } }',
		'd/u.conf': '# configuration file of ours:\nupstream u {\n  zone u 64k;\n  include more/[ab]?.srv;\n  server [::1]:81 down; server unix:/s;\n}',
		'more/a1.srv': 'server 127.0.0.1:80 weight=3 max_fails=0;',
		'more/c1.srv': 'server 127.0.0.1:99;',
		'more/.b.srv': 'server 127.0.0.1:98;',
		'more/b1.srv': 'server 127.0.0.1:82 backup;',
	});
	const dir = dirname(main);
	const [path, ...args] = nginxArgv(await findNginx(), main, `${dir}/`) as [string, ...string[]];
	const dump = async (): Promise<string> => {
		writeFileSync(join(dir, 'dump'), (await runToEnd(path, [...args, '-T'])).output);
		return join(dir, 'dump');
	};
	const saved = lines(readNginx(await dump(), 'u', new Looked()).entries);
	t.deepEqual(saved, ['127.0.0.1:80 unknown ×3', '127.0.0.1:82 unknown backup', '[::1]:81 down (down)', 'unix:/s unknown']);
	t.deepEqual(lines(readNginx(main, 'u', new Looked()).entries), saved);
	writeFileSync(join(dir, 'more/b1.srv'), '\nserver 127.0.0.1:82 backup }');
	const [real, own] = [await dump(), main].map((file) => t.throws(() => readNginx(file, 'u', new Looked())).message);
	t.regex(real as string, /nginx -T found: .*more\/b1.srv:2/);
	t.regex(own as string, /more\/b1.srv:2: /);
});
