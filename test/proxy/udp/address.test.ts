import test from 'ava';
import { isUdp, resolveUdpListen, transportObjection, udpText, udpUpstream } from '../../../src/proxy/udp/address.js';

test('where it listens', async (t) => {
	for (const [written, resolved] of [
		['', 'udp://127.0.0.1:0'],
		['udp://127.0.0.1:5353', 'udp://127.0.0.1:5353'],
		['udp://localhost:domain', 'udp://127.0.0.1:53'],
		['udp://[::1]:53', 'udp://[::1]:53'],
		['udp://:5353', 'udp://[::]:5353'],
		['udp://0.0.0.0:1', 'udp://[::]:1'],
	] as const)
		t.is(udpText(await resolveUdpListen(written)), resolved, written);
	t.is((await t.throwsAsync(resolveUdpListen('udp://x')))?.message, 'address x: missing port in address');
	t.is((await t.throwsAsync(resolveUdpListen('udp://127.0.0.1:70000')))?.message, 'address 70000: invalid port');
});

test('where it sends', (t) => {
	t.deepEqual(udpUpstream('udp://10.0.0.1:53'), { host: '10.0.0.1', port: 53 });
	t.deepEqual(udpUpstream('udp://[::1]:53'), { host: '::1', port: 53 });
	t.deepEqual(udpUpstream('udp://:53'), { host: 'localhost', port: 53 });
	for (const nonsense of ['udp://', 'udp://x', 'udp://x:0', 'udp://x:99999']) t.is(udpUpstream(nonsense), null, nonsense);
});

test('listen and upstream go together', (t) => {
	const u = 'udp://127.0.0.1:1';
	const v = 'udp://127.0.0.1:2';
	const ok: [string, string, string?][] = [
		[u, v],
		['', v],
		['127.0.0.1:1', 'h:2'],
		['', 'h:2'],
		[u, v, u],
		['', 'h:2', 'h:1'],
	];
	for (const [listen, upstream, before] of ok) t.is(transportObjection(listen, upstream, before), null, `${listen} ${upstream} ${before}`);
	const wrong: [string, string, string | undefined, RegExp][] = [
		[u, 'h:2', undefined, /^listen is udp:\/\/127\.0\.0\.1:1, so upstream must be udp:\/\//],
		['127.0.0.1:1', u, undefined, /^upstream is udp:\/\/127\.0\.0\.1:1, so listen must be udp:\/\//],
		[u, u, undefined, /^upstream must not be listen itself/],
		[u, v, 'h:2', /^a proxy of connections cannot become one of datagrams/],
		['', 'h:2', u, /^a proxy of datagrams cannot become one of connections/],
	];
	for (const [listen, upstream, before, text] of wrong) t.regex(transportObjection(listen, upstream, before) ?? '', text);
	t.deepEqual(['udp://x:1', 'x:1', '/udp://', ''].map(isUdp), [true, false, false, false]);
});
