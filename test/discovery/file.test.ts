import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readEndpointList } from '../../src/discovery/endpoint-list.js';
import { scratch } from '../subjects/stage.js';
import { follow, has, isLost, lines } from './stage.js';

for (const [text, want] of [
	['', []],
	['# nobody\n\n', []],
	[
		'10.0.0.1:80\n[::1]:81 weight=2.5 backup # here\r\nunix:/run/a.sock down\n',
		['10.0.0.1:80 unknown', '[::1]:81 unknown ×2.5 backup', 'unix:/run/a.sock down'],
	],
	['http://h:8080/health weight=3\nh.example:1 up', ['h.example:1 up', 'h:8080 unknown ×3']],
	['[]', []],
	['["a:1", "b:2 weight=4"]', ['a:1 unknown', 'b:2 unknown ×4']],
	['[{"host":"::1","port":80,"weight":2,"status":"up"},{"endpoint":"b:2","backup":true,"detail":"spare"}]', ['[::1]:80 up ×2', 'b:2 unknown backup (spare)']],
	['[{"targets":["a:1","b:2"],"labels":{"job":"x"}}]', ['a:1 unknown', 'b:2 unknown']],
	['{"schema":"daruma.discover/1","endpoints":[{"endpoint":"a:1","status":"down","weight":1,"detail":null,"backup":false}]}', ['a:1 down']],
] as const)
	test(`list: ${JSON.stringify(text).slice(0, 60)}`, (t) => t.deepEqual(lines(readEndpointList('f', text)).sort(), [...want]));

for (const [text, message] of [
	['a:1\nb', /^f:2: expected host:port or a URL, found "b"$/],
	['a:1 weigth=3', /^f:1: expected weight=N, backup, up or down/],
	['a:1 weight=0', /^f:1: expected a weight above 0, found "0"$/],
	['a:99999', /^f:1: expected host:port/],
	['gopher://x:1', /^f:1: .*gopher/],
	['{"endpoint', /^f: .*JSON/],
	['{"endpoints":3}', /^f: expected a JSON array/],
	['["a:1",3]', /^f: element 1: expected a text or an object, found 3$/],
	['[{"host":"a"}]', /^f: element 0: expected "endpoint"/],
	['[{"endpoint":"a:1","status":"UP"}]', /^f: element 0: expected "status" up, down, unknown, found "UP"$/],
	['[{"endpoint":"a:1","weight":"x"}]', /^f: element 0: expected a weight above 0/],
] as const)
	test(`no list: ${JSON.stringify(text)}`, (t) => {
		t.regex(t.throws(() => readEndpointList('f', text)).message, message);
	});

test('follows what is written, replaced and linked; garbage and absence keep the last good list', async (t) => {
	const dir = scratch(t);
	const file = join(dir, 'list');
	const { until, news } = await follow(t, `file:${file}`);
	await until(isLost(/there is no such file/));
	writeFileSync(file, 'a:1\n');
	await until(has('a:1 unknown'));
	writeFileSync(`${file}.new`, 'a:1 weight=2\nb:2\n');
	renameSync(`${file}.new`, file);
	await until(has('a:1 unknown ×2', 'b:2 unknown'));
	writeFileSync(file, 'a:1\n\u0000garbage\n');
	const { entries } = await until(isLost(/list:2: expected host:port/));
	t.deepEqual(lines(entries), ['a:1 unknown ×2', 'b:2 unknown']);
	rmSync(file);
	await until(isLost(/there is no such file/));
	writeFileSync(join(dir, 'other'), 'c:3\n');
	symlinkSync('other', file);
	await until(has('c:3 unknown'));
	t.deepEqual(news.slice(0, 4), [`lost ${file}: there is no such file`, 'added a:1 unknown', 'changed a:1 unknown ×2', 'added b:2 unknown']);
});
