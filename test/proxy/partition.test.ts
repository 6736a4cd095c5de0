import { once } from 'node:events';
import type { Socket } from 'node:net';
import test from 'ava';
import type { TapFault } from '../../src/model/fault.js';
import { PartitionGate } from '../../src/proxy/partition-gate.js';
import { fault, get, RawClient, rawServer, soon, tapBefore } from './stage.js';

const cut = (direction: NonNullable<TapFault['direction']>): TapFault => fault('partition', { direction });
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A replica that answers each head, and remembers what it read and how its connections ended. */
const replica = async (t: Parameters<typeof rawServer>[0]) => {
	const heard = { sockets: [] as Socket[], text: '', endings: [] as string[] };
	const port = await rawServer(t, (socket) => {
		heard.sockets.push(socket);
		socket.on('data', (chunk) => {
			heard.text += chunk.toString('latin1');
			for (const _ of chunk.toString('latin1').matchAll(/\r\n\r\n/g)) socket.write(ANSWER);
		});
		socket.on('end', () => {
			heard.endings.push('FIN');
			socket.end();
		});
		socket.on('error', (error: NodeJS.ErrnoException) => heard.endings.push(String(error.code)));
	});
	return { ...heard, port, heard };
};
const until = async (reached: () => boolean): Promise<void> => {
	while (!reached()) await soon();
};
const receiptsOf = (events: readonly { kind: string; id?: unknown }[]): unknown[] => events.filter((e) => e.kind === 'receipt').map((e) => e.id);

test('in: the node gets nothing and nothing is on record, until it heals and all of it arrives in order', async (t) => {
	const { heard, port } = await replica(t);
	const { tap, port: at, events, until: seen } = await tapBefore(t, port);
	const client = new RawClient(t, at).write(get('r1'));
	await client.receives('ok');
	tap.setFault(cut('in'));
	client.write(get('r2'));
	client.write(get('r3'));
	heard.sockets[0]!.write('HTTP/1.1 103 Early Hints\r\n\r\n');
	await client.receives('103');
	await soon(50);
	t.false(heard.text.includes('r2'));
	t.deepEqual(receiptsOf(events()), ['r1']);
	t.is(client.ending, 'open');
	tap.setFault(null);
	await client.receives(/(ok[\s\S]*){3}/);
	t.deepEqual(heard.text.match(/r\d/g), ['r1', 'r2', 'r3']);
	await seen((found) => (receiptsOf(found).length === 3 ? true : undefined));
});

test('out: the node gets and does everything, no answer gets out until it heals', async (t) => {
	const { heard, port } = await replica(t);
	const { tap, port: at, events } = await tapBefore(t, port);
	const client = new RawClient(t, at).write(get('r1'));
	await client.receives('ok');
	tap.setFault(cut('out'));
	client.write(get('r2'));
	await until(() => heard.text.includes('r2'));
	await soon(50);
	t.is(client.text.match(/ok/g)?.length, 1);
	t.deepEqual(receiptsOf(events()), ['r1', 'r2']);
	tap.setFault(null);
	await client.receives(/ok[\s\S]*ok/);
});

test('neither FIN nor RST crosses a partition; behind the bytes, both arrive when it heals', async (t) => {
	const { heard, port } = await replica(t);
	const { tap, port: at } = await tapBefore(t, port);
	const [polite, rude] = [new RawClient(t, at).write(get('r1')), new RawClient(t, at).write(get('r2'))];
	await polite.receives('ok');
	await rude.receives('ok');
	tap.setFault(cut('both'));
	polite.write(get('r3')).socket.end();
	rude.socket.resetAndDestroy();
	await soon(50);
	t.deepEqual(heard.endings, []);
	t.false(heard.text.includes('r3'));
	tap.setFault(null);
	await until(() => heard.endings.length === 2);
	t.deepEqual([...heard.endings].sort(), ['ECONNRESET', 'FIN']);
	t.true(heard.text.includes('r3'));
	t.is(await polite.closed, 'EOF');
	t.is(polite.text.match(/ok/g)?.length, 2);
});

test('a node that closes is not heard of either', async (t) => {
	const { heard, port } = await replica(t);
	const { tap, port: at } = await tapBefore(t, port);
	const client = new RawClient(t, at).write(get('r1'));
	await client.receives('ok');
	tap.setFault(cut('out'));
	heard.sockets[0]!.end('bye');
	await soon(50);
	t.deepEqual([client.text.includes('bye'), client.ending], [false, 'open']);
	tap.setFault(null);
	await client.receives('bye');
	t.is(await client.closed, 'EOF');
});

for (const direction of ['both', 'in', 'out'] as const) {
	test(`${direction}: a new connection is accepted and then silent; the replica hears of it at the heal`, async (t) => {
		const { heard, port } = await replica(t);
		const { tap, port: at } = await tapBefore(t, port);
		tap.setFault(cut(direction));
		const client = new RawClient(t, at).write(get('r1'));
		await once(client.socket, 'connect');
		await soon(50);
		t.is(heard.sockets.length, 0);
		t.is(client.ending, 'open');
		tap.setFault(null);
		await client.receives('ok');
		t.is(heard.sockets.length, 1);
	});
}

test('many megabytes wait without being lost or reordered', async (t) => {
	const chunk = Buffer.alloc(1 << 20, 'abcdefghij');
	let got = 0;
	const port = await rawServer(t, (socket) =>
		socket.on('data', (data) => {
			got += data.length;
		}),
	);
	const { tap, port: at } = await tapBefore(t, port);
	const client = new RawClient(t, at).write('POST / HTTP/1.1\r\nContent-Length: 12582912\r\n\r\n');
	await until(() => got > 0);
	const before = got;
	tap.setFault(cut('in'));
	for (let i = 0; i < 12; i++) client.write(chunk);
	await soon(100);
	t.is(got, before);
	t.true(client.socket.writableLength > 0, 'the sender feels it');
	tap.setFault(null);
	await until(() => got === before + 12 * chunk.length);
	t.pass();
});

test('the gate keeps copies, in order with the end, and asks for a pause beyond its limit', (t) => {
	const heard: string[] = [];
	const gate = new PartitionGate({
		read: (view) => heard.push(Buffer.from(view).toString()) > 0,
		end: () => heard.push('END'),
		error: () => heard.push('ERROR'),
	});
	const lent = Buffer.from('one');
	t.true(gate.read(lent));
	gate.close();
	lent.write('two');
	t.true(gate.read(lent));
	lent.write('xxx');
	gate.end();
	t.deepEqual(heard, ['one']);
	t.true(gate.open());
	t.deepEqual(heard, ['one', 'two', 'END']);
	gate.close();
	t.false(gate.read(Buffer.alloc(4 << 20)));
	gate.error();
	gate.open();
	t.is(heard.at(-1), 'ERROR');
});
