import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { recordsOf, refreshMs, srvEntries } from '../../src/discovery/dns-answer.js';
import { freePort } from '../../src/platform/ports.js';
import { start } from '../probes/real.js';
import { have, scratch } from '../subjects/stage.js';
import { follow, has, isLost, lines } from './stage.js';

const srv = (data: string, ttl = 60) => ({ name: 's', type: 33, ttl, data });
const limits = { leastMs: 1000, mostMs: 300_000 };

for (const [ttls, ms] of [
	[[60, 5, 30], 5000],
	[[0], 1000],
	[[86_400], 300_000],
	[[], 5000],
] as const)
	test(`asked again by the shortest time to live: ${ttls.join(' ')}`, (t) =>
		t.is(
			refreshMs(
				ttls.map((ttl) => ({ ttl })),
				limits,
			),
			ms,
		));

for (const [what, records, want] of [
	['priorities, weights', ['20 5 80 c.', '10 0 81 a.test.', '10 30 82 b.'], ['b:82 unknown ×30', 'a.test:81 unknown', 'c:80 unknown ×5 backup (priority 20)']],
	['not offered', ['0 0 0 .'], []],
	['what is no name is none', ['0 0 80 a\\032b.', '0 0 80 -rf.', '0 0 0 a.', '0 0 80 ok.'], ['ok:80 unknown']],
] as const)
	test(`SRV: ${what}`, (t) => {
		t.deepEqual(lines(srvEntries(records.map((data) => srv(data)))), [...want]);
	});

test('rcodes: NXDOMAIN and no data are answers without records; others say nothing', (t) => {
	const message = { id: 1, isResponse: true, authoritative: false, truncated: false, questions: [], answers: [{ name: 'a', type: 5, ttl: 1, data: 'b.' }] };
	t.is(recordsOf({ ...message, rcode: 3 }, 1).none, 'NXDOMAIN');
	t.is(recordsOf({ ...message, rcode: 0 }, 1).none, 'no records');
	t.is(recordsOf({ ...message, rcode: 0 }, 5).none, null);
	t.throws(() => recordsOf({ ...message, rcode: 2 }, 1), { message: 'SERVFAIL' });
	t.throws(() => recordsOf({ ...message, rcode: 5 }, 1), { message: 'REFUSED' });
});

/** What is answered: an rcode, records as hex behind the name, or cut off. */
interface Says {
	rcode?: number;
	records?: string[];
	truncated?: boolean;
	silent?: boolean;
}

/** A name server on UDP and TCP that answers as it is told. */
const server = async (t: ExecutionContext, says: (overTcp: boolean, type: number) => Says): Promise<number> => {
	const port = await freePort();
	const reply = (query: Buffer, overTcp: boolean): Buffer | null => {
		const end = query.indexOf(0, 12) + 5;
		const { rcode = 0, records = [], truncated = false, silent } = says(overTcp, query.readUInt16BE(end - 4));
		if (silent) return null;
		const head = Buffer.from(query.subarray(0, 12));
		head.writeUInt16BE(0x8180 | rcode | (truncated ? 0x200 : 0), 2);
		head.writeUInt16BE(records.length, 6);
		head.writeUInt16BE(0, 10);
		return Buffer.concat([head, query.subarray(12, end), ...records.map((hex) => Buffer.from(`c00c${hex}`, 'hex'))]);
	};
	const udp = createSocket('udp4').on('message', (query, from) => {
		const answer = reply(query, false);
		if (answer) udp.send(answer, from.port, from.address);
	});
	await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
	const tcp = createServer((socket) => {
		socket
			.on('error', () => {})
			.on('data', (data) => {
				const answer = reply(data.subarray(2), true) as Buffer;
				socket.end(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]));
			});
	});
	await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve));
	t.teardown(() => {
		udp.close();
		tcp.close();
	});
	return port;
};
const A = (last: number): string => `000100010000000000040a0000${last.toString(16).padStart(2, '0')}`;
const AAAA = `001c00010000003c0010${'20010db8'.padEnd(32, '0').slice(0, 31)}1`;

test('an answer that shrinks is followed; one that shrinks to nothing, NXDOMAIN and SERVFAIL keep the last good list', async (t) => {
	let says: Says = { records: [A(1), A(2)] };
	const port = await server(t, () => says);
	const { until, news } = await follow(t, `a://web.test:80?server=127.0.0.1:${port}&refresh=100ms`);
	await until(has('10.0.0.1:80 unknown', '10.0.0.2:80 unknown'));
	says = { records: [A(2)] };
	await until(has('10.0.0.2:80 unknown'));
	for (const [next, reason] of [
		[{}, /^web.test: no records$/],
		[{ rcode: 3 }, /^web.test: NXDOMAIN$/],
		[{ rcode: 2 }, /^web.test: SERVFAIL$/],
	] as const) {
		says = next;
		const { entries } = await until(isLost(reason));
		t.deepEqual(lines(entries), ['10.0.0.2:80 unknown']);
	}
	says = { records: [A(3)] };
	await until(has('10.0.0.3:80 unknown'));
	t.deepEqual(news.slice(-2), ['added 10.0.0.3:80 unknown', 'removed 10.0.0.2:80 unknown']);
});

test('?empty=accept: no records and NXDOMAIN empty the list, SERVFAIL does not', async (t) => {
	let says: Says = { records: [A(1)] };
	const port = await server(t, () => says);
	const { until } = await follow(t, `a://web.test:80?server=127.0.0.1:${port}&refresh=100ms&empty=accept`);
	await until(has('10.0.0.1:80 unknown'));
	says = { rcode: 2 };
	t.is((await until(isLost(/SERVFAIL/))).entries.length, 1);
	says = { rcode: 3 };
	t.is((await until(has())).note, 'web.test: NXDOMAIN');
});

test('both families, by TCP where it does not fit, and the next server where one fails', async (t) => {
	const [failing, port] = [
		await server(t, () => ({ rcode: 2 })),
		await server(t, (overTcp, type) => (overTcp ? { records: [type === 1 ? A(9) : AAAA] } : { truncated: true })),
	];
	const { until } = await follow(t, `a+aaaa://web.test:80?server=127.0.0.1:${failing},127.0.0.1:${port}&refresh=200ms`);
	await until(has('10.0.0.9:80 unknown', '[2001:db8::1]:80 unknown'));
	t.pass();
});

test('a real dnsmasq: SRV, and a name that loses its addresses', async (t) => {
	if (!have(t, 'dnsmasq')) return;
	const dir = scratch(t);
	const [port, hosts] = [await freePort(), join(dir, 'hosts')];
	writeFileSync(hosts, '10.1.0.1 web.test\n10.1.0.2 web.test\n');
	const args = [
		'-k',
		'-C',
		'/dev/null',
		'-p',
		String(port),
		'-a',
		'127.0.0.1',
		'--bind-interfaces',
		'--no-resolv',
		'--no-hosts',
		`--addn-hosts=${hosts}`,
		'--local=/test/',
		'--local-ttl=1',
		'--pid-file=',
		`--user=${userInfo().username}`,
	];
	const child = start(t, 'dnsmasq', [...args, '--srv-host=_http._tcp.test,a.test,8080,10,5', '--srv-host=_http._tcp.test,b.test,8081,20']);
	const [a, s] = [
		await follow(t, `a://web.test:80?server=127.0.0.1:${port}&refresh=100ms`),
		await follow(t, `srv://_http._tcp.test?server=127.0.0.1:${port}&refresh=100ms`),
	];
	await Promise.all([
		a.until(has('10.1.0.1:80 unknown', '10.1.0.2:80 unknown')),
		s.until(has('a.test:8080 unknown ×5', 'b.test:8081 unknown backup (priority 20)')),
	]);
	writeFileSync(hosts, '10.1.0.2 web.test\n');
	child.kill('SIGHUP');
	await a.until(has('10.1.0.2:80 unknown'));
	writeFileSync(hosts, '# none\n');
	child.kill('SIGHUP');
	t.deepEqual(lines((await a.until(isLost(/web.test: (NXDOMAIN|no records)/))).entries), ['10.1.0.2:80 unknown']);
	child.kill('SIGKILL');
	t.is((await s.until(isLost(/_http._tcp.test: 127.0.0.1:\d+: (nobody listens there|no answer)/))).entries.length, 2);
});
