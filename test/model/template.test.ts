// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders of other languages are what is tested
import test from 'ava';
import { fillTemplate, lintTemplate, nodeValues, placeholders } from '../../src/model/template.js';

const values = { listen: '127.0.0.1:8000', port: 8000, ...nodeValues(['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3']), dir: '/scratch' };

for (const [text, filled] of [
	['listen {listen};', 'listen 127.0.0.1:8000;'],
	['{port} {dir}/x', '8000 /scratch/x'],
	['{n1} {n3}', '127.0.0.1:1 127.0.0.1:3'],
	['--upstreams={upstreams}', '--upstreams=127.0.0.1:1,127.0.0.1:2,127.0.0.1:3'],
	['upstream be { server {n1}; }', 'upstream be { server 127.0.0.1:1; }'],
	['upstream be{server {n1};server {n2};}', 'upstream be{server 127.0.0.1:1;server 127.0.0.1:2;}'],
	['http{server{listen {listen};location /{return 204;}}}', 'http{server{listen 127.0.0.1:8000;location /{return 204;}}}'],
	['{{port}}', '{port}'],
	['{{n9}}', '{n9}'],
	['{{{port}}}', '{{port}}'],
	['{"a":{"b":{port}}}', '{"a":{"b":8000}}'],
	['docker ps --format {{.Names}}', 'docker ps --format {{.Names}}'],
	['{{ port }}', '{{ port }}'],
	['{n4} {n0} {upstream} {}', '{n4} {n0} {upstream} {}'],
	['http://${port}/', 'http://${port}/'],
	['acl a { path /x } %{+Q}r \\d{2}', 'acl a { path /x } %{+Q}r \\d{2}'],
] as const) {
	test(`${text} becomes ${filled}`, (t) => t.is(fillTemplate(text, values), filled));
}

test('a value that looks like a placeholder is not filled again, and $ in a value means nothing', (t) => {
	t.is(fillTemplate('{dir} {port}', { dir: '/a/{port}/$&', port: 1 }), '/a/{port}/$& 1');
});

test('what is not given stays', (t) => t.is(fillTemplate('{listen} {port} {n1} {upstreams}', { port: 1 }), '{listen} 1 {n1} {upstreams}'));

test('placeholders are named once, and the escaped and foreign ones are not', (t) => {
	t.deepEqual(placeholders('{listen} {n1} {n1} {{port}} ${dir} {x}'), ['listen', 'n1']);
});

const KEYS = ['listen', 'port', 'n1', 'n2', 'n3', 'upstreams', 'dir'];
for (const [text, said] of [
	['server {n4};', /^line 1: \{n4\}: there is no such node; there are n1 … n3$/],
	['\nserver {n0};', /^line 2: \{n0\}: there is no such node/],
	['{upstream}', /did you mean \{upstreams\}\?/],
	['{Listen}', /did you mean \{listen\}\?/],
	['{lisen}', /did you mean \{listen\}\?/],
	['{ port }', /without spaces/],
	['http://${listen}', /is left alone; write \{listen\}/],
] as const) {
	test(`lint: ${JSON.stringify(text)}`, (t) => {
		const found = lintTemplate(text, KEYS);
		t.is(found.length, 1, found.join('\n'));
		t.regex(found[0]!, said);
	});
}

test('lint: a reserved name that this template does not get', (t) => {
	t.regex(lintTemplate('{upstreams}', ['port', 'dir'])[0]!, /not filled here; filled are \{port\} \{dir\}/);
});

test('lint is silent about ordinary blocks, regular expressions, variables and escapes', (t) => {
	const nginx =
		'http { map $a $b { default 0; "~^x{2,3}" 1; } server { listen {listen}; location ~ ^/a{1} { proxy_pass http://${host}; } } }\ntypes {}\n{{n9}} {name} {user}';
	t.deepEqual(lintTemplate(nginx, KEYS), []);
	t.deepEqual(lintTemplate('http-request deny if { path } or { ssl_fc }\nlog-format "${DARUMA_LOG_FORMAT} %{+Q}o"', KEYS), []);
});
