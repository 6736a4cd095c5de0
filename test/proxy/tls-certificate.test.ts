import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { selfSigned } from '../../src/proxy/tls-certificate.js';
import { openssl } from './tls-stage.js';

const DAY_MS = 86_400_000;

test('it vouches for itself, for the names of this machine and those asked for', (t) => {
	const { cert, key } = selfSigned(['redis.internal', '*.svc.local', '10.1.2.3', '2001:db8::5', '::ffff:1.2.3.4', 'localhost']);
	const found = new X509Certificate(cert);
	t.is(
		found.subjectAltName,
		'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:redis.internal, DNS:*.svc.local, IP Address:10.1.2.3, IP Address:2001:DB8:0:0:0:0:0:5, IP Address:0:0:0:0:0:FFFF:102:304',
	);
	t.true(found.verify(found.publicKey));
	t.true(found.checkPrivateKey(createPrivateKey(key)));
	t.is(found.checkHost('a.svc.local'), '*.svc.local');
	t.false(found.ca);
	t.not(new X509Certificate(selfSigned().cert).serialNumber, found.serialNumber);
});

test('it is valid from a day before until a year after, also beyond 2049', (t) => {
	for (const day of ['2026-02-28T23:59:59Z', '2049-06-01T00:00:00Z', '2051-01-01T12:00:00Z']) {
		const now = Date.parse(day);
		const { validFrom, validTo } = new X509Certificate(selfSigned([], now).cert);
		t.is(Date.parse(validFrom), now - DAY_MS, day);
		t.is(Date.parse(validTo), now + 364 * DAY_MS, day);
	}
});

test('openssl finds nothing to object to', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-cert-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const file = join(dir, 'cert.pem');
	for (let i = 0; i < 5; i++) {
		writeFileSync(file, selfSigned(['redis.internal']).cert);
		const said = await openssl(t, ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'redis.internal', '-CAfile', file, file]);
		if (said === null) return;
		t.regex(said, /OK/);
	}
});
