import test from 'ava';
import { parseListenOn } from '../../src/control/listen-on.js';

test('loopback, or what was allowed by name', (t) => {
	for (const [typed, host, port] of [
		['127.0.0.1:9100', '127.0.0.1', 9100],
		['127.3.4.5:0', '127.3.4.5', 0],
		['localhost:1', '127.0.0.1', 1],
		[':65535', '127.0.0.1', 65535],
		['[::1]:80', '::1', 80],
	] as const)
		t.deepEqual(parseListenOn('listen', typed), { host, port });
	for (const typed of ['9100', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:80', '[nope]:80', 'http://127.0.0.1:80', '']) {
		t.throws(() => parseListenOn('listen', typed), { code: 'E_FLAG' }, typed);
	}
	for (const typed of ['0.0.0.0:80', '[::]:80', '10.0.0.1:80', 'example.org:80', '127.0.0.1.example.org:80']) {
		const error = t.throws(() => parseListenOn('listen', typed), { code: 'E_UNSAFE' }, typed);
		t.is((error as { exit?: number }).exit, 5);
	}
	t.deepEqual(parseListenOn('listen', '0.0.0.0:80', ['0.0.0.0']), { host: '0.0.0.0', port: 80 });
});
