import test from 'ava';
import { isForeignHost, isLoopback, refusal } from '../../src/control/guard.js';

test('hosts that a stranger can point at loopback are foreign; addresses and private names are not', (t) => {
	for (const host of ['evil.com', 'evil.com:8474', 'a.b.example.org:8474', 'EVIL.COM.', '127.0.0.1.nip.io:8474', 'localhost.evil.com', 'toxiproxy.evil']) {
		t.true(isForeignHost(host), host);
	}
	const own = [
		'localhost',
		'localhost:8474',
		'LOCALHOST:1',
		'127.0.0.1',
		'127.0.0.1:8474',
		'[::1]:8474',
		'[::1]',
		'192.168.1.5:8474',
		'toxiproxy:8474',
		'toxiproxy',
	];
	const private_ = ['host.docker.internal:8474', 'toxiproxy.default.svc.cluster.local:80', 'toxi.default.svc', 'box.home.arpa', 'x.localhost:1', 'x.test', ''];
	for (const host of [...own, ...private_]) t.false(isForeignHost(host), host);
});

test('loopback addresses', (t) => {
	for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) t.true(isLoopback(address), address);
	for (const address of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.0.0.1.evil']) t.false(isLoopback(address), address);
});

test('Origin is refused always, a foreign Host only while listening on loopback', (t) => {
	t.regex(refusal({ origin: 'http://localhost:8474', host: 'localhost:8474' }, true) ?? '', /Origin/);
	t.regex(refusal({ origin: 'null' }, false) ?? '', /Origin/);
	t.regex(refusal({ 'sec-fetch-site': 'cross-site' }, false) ?? '', /Sec-Fetch-Site/);
	t.regex(refusal({ host: 'evil.com' }, true) ?? '', /Host/);
	t.is(refusal({ host: 'proxies.staging.example.com' }, false), null);
	t.is(refusal({ host: 'toxiproxy:8474' }, true), null);
	t.is(refusal({}, true), null, 'HTTP/1.0 has no Host, and no browser speaks it');
});
