import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { decide, findLeader } from '../../src/cluster/leader.js';
import type { Endpoint } from '../../src/model/endpoint.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';

const nodes = ['n1', 'n2', 'n3'].map((name) => ({ name }));

for (const [replies, found] of [
	[['no', 'yes', 'no'], { node: 'n2' }],
	[['yes', { failed: 'ECONNREFUSED' }, 'no'], { node: 'n1' }],
	[['yes', 'no', 'yes'], { why: 'n1 and n3 each say that they lead' }],
	[['no', 'no', 'no'], { why: 'no node says that it leads' }],
	[['no', { failed: 'ECONNREFUSED' }, { failed: 'no answer' }], { why: 'no node says that it leads (n2: ECONNREFUSED, n3: no answer)' }],
] as const)
	test(`${JSON.stringify(replies)}: ${JSON.stringify(found)}`, (t) => t.deepEqual(decide(nodes, replies), found));

const serve = async (t: ExecutionContext, name: string, role: () => string): Promise<Endpoint> => {
	const server: Server = createServer((request, response) => response.end(request.url === '/role' ? role() : 'x'));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	return { name, host: '127.0.0.1', port: (server.address() as AddressInfo).port } as Endpoint;
};

test('asked over HTTP until exactly one says yes', async (t) => {
	let asked = 0;
	const elected = (): string => (++asked < 3 ? 'follower' : 'leader');
	const all = [await serve(t, 'n1', () => 'follower'), await serve(t, 'n2', elected)];
	const clock = new MonotonicClock(monotonicNs());
	const spec = { kind: 'http', path: '/role', status: 200, body: '^leader$' } as const;
	t.deepEqual(await findLeader(spec, all, clock, 20_000), { node: 'n2' });
	t.is(asked, 3);
	t.deepEqual(await findLeader({ ...spec, path: '/' }, all, clock, 0), { why: 'no node says that it leads' });
	t.deepEqual(await findLeader({ ...spec, path: '/', body: null }, all, clock, 0), { why: 'n1 and n2 each say that they lead' });
});

test('a program says yes by exit code 0, for the node that it is told', async (t) => {
	const clock = new MonotonicClock(monotonicNs());
	const at = (name: string, port: number) => ({ name, host: '127.0.0.1', port }) as Endpoint;
	const all = [at('n1', 4001), at('n2', 4002)];
	const exec = (...argv: string[]) => findLeader({ kind: 'exec', argv, cwd: '/' }, all, clock, 10_000);
	t.deepEqual(await exec('sh', '-c', 'test "$1" = 4002 && test "$DARUMA_NODE" = n2', 'sh', '{port}'), { node: 'n2' });
	const absent = await findLeader({ kind: 'exec', argv: ['/nowhere/at-all'], cwd: '/' }, all, clock, 0);
	t.deepEqual(absent, { why: 'no node says that it leads (n1: ENOENT, n2: ENOENT)' });
});
