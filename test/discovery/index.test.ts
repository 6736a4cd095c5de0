import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { isSource, openSource, SOURCES } from '../../src/discovery/index.js';
import { TARGET_PROTOCOLS } from '../../src/model/target.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { scratch } from '../subjects/stage.js';
import { follow, has, isLost, lines } from './stage.js';

const clock = new MonotonicClock(monotonicNs());

test('every source loads, says how it is written, and is named as no target is', async (t) => {
	for (const [scheme, load] of Object.entries(SOURCES)) {
		t.true((await load()).usage.includes(':'));
		t.false(TARGET_PROTOCOLS.includes(scheme));
		t.true(isSource(`${scheme}://x`));
	}
	for (const target of ['http://h', 'dns://h', 'push:x', 'api=http://h', 'h:80', 'tcp+unix:/x']) t.false(isSource(target), target);
});

for (const [address, message] of [
	['', /expected an address that begins with one of nginx,/],
	['http://h', /expected an address/],
	['nginx:', /a file after nginx:/],
	['nginx:/x#', /an upstream after #/],
	['nginx:/x?y=1#u', /no options, found "y"/],
	['nginx+plus://h/api/9', /an upstream after #/],
	['nginx+plus:h#u', /HOST:PORT and the path/],
	['nginx+plus://h?kind=udp#u', /kind=http or kind=stream, found "udp"/],
	['haproxy:#be', /a socket after/],
	['haproxy:/no/socket', /a backend after #/],
	['haproxy:/no/socket#a;b', /the name of a backend/],
	['haproxy:tcp://h#be', /HOST:PORT after/],
	['haproxy:/x?every=1ms#be', /every= a time from 100ms on, found "1ms"/],
	['srv://', /a name of the DNS/],
	['srv://a/b', /a name after srv/],
	['srv://a..b', /a name of the DNS, found "a..b"/],
	['a://h', /NAME:PORT after a:/],
	['a://h:99999', /NAME:PORT after a:/],
	['a://h:1?server=x:y:z', /server=IP/],
	['a://h:1?ttl=3', /only the options server, refresh, found "ttl"/],
	['k8s://ns', /a namespace and a service/],
	['k8s://NS/svc', /a namespace and a service/],
	['k8s://ns/svc?via=helm', /via=kubectl, found "helm"/],
	['file:', /a file after/],
	['file:x?empty=no', /empty=accept\|keep, found "no"/],
	['file:x?only=down', /only=up, found "down"/],
	['file:x?last=', /last=FILE, found ""/],
] as const)
	test(`refused: ${address}`, async (t) => {
		const error = await t.throwsAsync(openSource(address, { clock }));
		t.like(error, { code: 'E_SOURCE', exit: 2 });
		t.regex(error.message, message);
	});

test('?only=up leaves out what the source says is down', async (t) => {
	const file = join(scratch(t), 'list');
	writeFileSync(file, 'a:1 up\nb:2 down\nc:3\n');
	const { until } = await follow(t, `file:${file}?only=up`);
	await until(has('a:1 up', 'c:3 unknown'));
	t.pass();
});

test('?empty=: an empty file is an answer unless it is said otherwise', async (t) => {
	const file = join(scratch(t), 'list');
	writeFileSync(file, 'a:1\n');
	const [accept, keep] = [await follow(t, `file:${file}`), await follow(t, `file:${file}?empty=keep`)];
	await Promise.all([accept.until(has('a:1 unknown')), keep.until(has('a:1 unknown'))]);
	writeFileSync(file, '# none\n');
	await accept.until(has());
	const { entries } = await keep.until(isLost(/the list is empty/));
	t.deepEqual(lines(entries), ['a:1 unknown']);
	t.deepEqual(accept.news, ['added a:1 unknown', 'removed a:1 unknown']);
});

test('?last=FILE: the last good list outlives its run, with its age; a fresh one takes its place', async (t) => {
	const dir = scratch(t);
	const [file, last] = [join(dir, 'list'), join(dir, 'last')];
	writeFileSync(file, 'a:1 weight=2\nhttp://b:2/x down\nunix:/s\n');
	const first = await follow(t, `file:${file}?last=${last}`);
	await first.until(({ entries }) => entries.length === 3);
	await first.live.close();
	rmSync(file);
	const old = new Date(Date.now() - 60_000);
	utimesSync(last, old, old);
	const second = await follow(t, `file:${file}?last=${last}`);
	const { entries, lost } = await second.until(isLost(/there is no such file/));
	t.deepEqual(lines(entries), ['a:1 unknown ×2', 'b:2 down', 'unix:/s unknown']);
	t.is(entries[1]?.target.protocol, 'http');
	t.true((lost?.sinceMs ?? 0) <= -50_000);
	writeFileSync(file, 'c:3\n');
	await second.until(has('c:3 unknown'));
	t.deepEqual(second.news.slice(-4).sort(), ['added c:3 unknown', 'removed a:1 unknown ×2', 'removed b:2 down', 'removed unix:/s unknown']);
	t.deepEqual(JSON.parse(readFileSync(last, 'utf8')).endpoints, [{ endpoint: 'c:3', status: 'unknown', weight: 1 }]);
});
