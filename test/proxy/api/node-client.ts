import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { ExecutionContext } from 'ava';
import { Toxic, Toxiproxy, ToxiproxyError } from 'toxiproxy-node-client';
import { portOf } from './ask.js';

/** An upstream that says back what it hears. */
const echo = async (t: ExecutionContext): Promise<string> => {
	const server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	return `127.0.0.1:${portOf(server.address())}`;
};

/** What comes back of a "ping" until the connection closes or it is complete, and after how many ms; null: it could not connect. */
const ping = async (listen: string): Promise<{ heard: string; ms: number } | null> => {
	const [host, port] = listen.split(':') as [string, string];
	const socket = connect(Number(port), host);
	try {
		await once(socket, 'connect');
	} catch {
		return null;
	}
	const began = performance.now();
	let heard = '';
	socket.write('ping');
	await new Promise<void>((resolve) => {
		socket.on('data', (chunk) => {
			heard += chunk;
			if (heard.length >= 4) resolve();
		});
		socket.on('error', () => resolve());
		socket.once('close', () => resolve());
	});
	socket.destroy();
	return { heard, ms: performance.now() - began };
};

const refusedWith = (status: number) => ({ instanceOf: ToxiproxyError, message: `Request failed with status code ${status}` });

/** What the published client sees of a server of the API: the same assertions hold for Toxiproxy and for ours. */
export const exerciseApi = async (t: ExecutionContext, url: string): Promise<void> => {
	const upstream = await echo(t);
	const client = new Toxiproxy(url);
	t.is(JSON.parse(await client.getVersion()).version, '2.12.0');
	await client.reset();
	t.deepEqual(await client.getAll(), {});

	const proxy = await client.createProxy({ name: 'echo', listen: 'localhost:0', upstream });
	t.like(proxy, { name: 'echo', upstream, enabled: true });
	t.regex(proxy.listen, /^127\.0\.0\.1:[1-9]\d*$/);
	await t.throwsAsync(client.createProxy({ name: 'echo', listen: 'localhost:0', upstream }), refusedWith(409));
	await t.throwsAsync(client.createProxy({ name: 'other', listen: proxy.listen, upstream }), refusedWith(500));
	await t.throwsAsync(client.createProxy({ name: 'other', listen: 'localhost:0', upstream: '' }), refusedWith(400));
	await t.throwsAsync(client.get('other'), refusedWith(404));
	t.like(await client.get('echo'), { name: 'echo', listen: proxy.listen });
	t.deepEqual(Object.keys(await client.getAll()), ['echo']);

	const toxic = await proxy.addToxic({ name: 'slow', type: 'latency', stream: 'downstream', toxicity: 0.7, attributes: { latency: 10, jitter: 0 } });
	t.true(toxic instanceof Toxic);
	t.deepEqual(toxic.toJson(), { name: 'slow', type: 'latency', stream: 'downstream', toxicity: 0.7, attributes: { latency: 10, jitter: 0 } });
	await t.throwsAsync(proxy.addToxic({ ...toxic.toJson() }), refusedWith(409));
	await t.throwsAsync(proxy.addToxic({ ...toxic.toJson(), name: 'x', stream: 'sideways' as 'upstream' }), refusedWith(400));
	await t.throwsAsync(proxy.addToxic({ ...toxic.toJson(), name: 'x', type: 'nope' as 'latency' }), refusedWith(400));
	const changed = await toxic.update({ ...toxic.toJson(), toxicity: 1, attributes: { latency: 20, jitter: 5 } });
	t.deepEqual([changed.toxicity, changed.attributes], [1, { latency: 20, jitter: 5 }]);
	t.deepEqual((await proxy.getToxic('slow')).toJson(), changed.toJson());
	await toxic.remove();
	await t.throwsAsync(proxy.getToxic('slow'), refusedWith(404));
	await t.throwsAsync(toxic.remove(), refusedWith(404));

	const populated = await client.populate([
		{ name: 'echo', listen: proxy.listen, upstream },
		{ name: 'second', listen: 'localhost:0', upstream, enabled: false },
	]);
	t.deepEqual(Object.keys(populated), ['echo', 'second']);
	t.false(populated.second?.enabled);
	t.is(populated.second?.listen, 'localhost:0', 'as written, while it does not listen');
	await t.throwsAsync(client.populate([{ name: 'third', listen: 'localhost:0', upstream: '' }]), refusedWith(400));

	const off = await proxy.update({ enabled: false, listen: proxy.listen, upstream });
	t.false(off.enabled);
	await client.reset();
	t.true((await client.get('echo')).enabled);
	await proxy.remove();
	await t.throwsAsync(client.get('echo'), refusedWith(404));
	await (await client.get('second')).remove();
};

/** What connections through a proxy feel of what the client has asked for. Times are lower bounds only. */
export const exerciseData = async (t: ExecutionContext, url: string): Promise<void> => {
	const upstream = await echo(t);
	const client = new Toxiproxy(url);
	const proxy = await client.createProxy({ name: 'echo', listen: '127.0.0.1:0', upstream });
	t.is((await ping(proxy.listen))?.heard, 'ping');

	const all = { stream: 'downstream', toxicity: 1 } as const;
	const latency = await proxy.addToxic({ ...all, name: 'slow', type: 'latency', attributes: { latency: 150, jitter: 0 } });
	const slow = await ping(proxy.listen);
	t.is(slow?.heard, 'ping');
	t.true((slow?.ms ?? 0) >= 149, `${slow?.ms} ms`);
	await latency.remove();

	const limit = await proxy.addToxic({ ...all, name: 'short', type: 'limit_data', attributes: { bytes: 2 } });
	t.is((await ping(proxy.listen))?.heard, 'pi');
	await limit.remove();

	const timeout = await proxy.addToxic({ ...all, stream: 'upstream', name: 'dead', type: 'timeout', attributes: { timeout: 100 } });
	t.is((await ping(proxy.listen))?.heard, '');
	await timeout.remove();

	const slicer = await proxy.addToxic({ ...all, name: 'sliced', type: 'slicer', attributes: { average_size: 1, size_variation: 0, delay: 1000 } });
	t.is((await ping(proxy.listen))?.heard, 'ping');
	await slicer.remove();

	await proxy.update({ enabled: false, listen: proxy.listen, upstream });
	t.is(await ping(proxy.listen), null, 'refused while disabled');
	await proxy.update({ enabled: true, listen: proxy.listen, upstream });
	t.is((await ping(proxy.listen))?.heard, 'ping');
	await proxy.update({ enabled: true, listen: proxy.listen, upstream: '127.0.0.1:1' });
	t.is((await ping(proxy.listen))?.heard, '', 'a dead upstream is accepted and closed');
	await proxy.remove();
	t.is(await ping(proxy.listen), null);
};
