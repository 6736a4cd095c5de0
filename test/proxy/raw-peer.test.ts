import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { findRawHandles, type RawHandles, rawHandles } from '../../src/platform/raw-handles.js';
import type { Peer } from '../../src/proxy/peer.js';
import { RawPeer } from '../../src/proxy/raw-peer.js';
import { buffersInUse } from '../../src/proxy/read-buffers.js';
import { accepting, dialPeer, listen, returnBuffer } from '../../src/proxy/sockets.js';
import { soon } from './stage.js';

/** A peer and the plain socket at its other end, with what each of them heard. */
interface Pair {
	peer: Peer;
	other: Socket;
	log: string[];
	/** Waits until this has been logged. */
	heard(what: string): Promise<void>;
	more: boolean;
}

const watch = (pair: Pair): void => {
	const { peer, other, log } = pair;
	peer.on('end', () => log.push('end'));
	peer.on('error', (error) => log.push(`error ${error.code}`));
	peer.on('close', () => {
		returnBuffer(peer);
		log.push('close');
	});
	other.on('data', (chunk) => log.push(`other ${chunk.length > 20 ? chunk.length : chunk}`));
	other.on('end', () => log.push('other end'));
	other.on('error', (error: NodeJS.ErrnoException) => log.push(`other ${error.code}`));
	other.on('close', () => log.push('other close'));
};

const empty = (): Omit<Pair, 'peer' | 'other'> => {
	const log: string[] = [];
	return {
		log,
		more: true,
		heard: async (what) => {
			while (!log.includes(what)) await soon(2);
		},
	};
};
const reader = (pair: () => Pair) => (view: Uint8Array) => {
	const { log, more } = pair();
	log.push(`read ${view.length > 20 ? view.length : Buffer.from(view)}`);
	return more;
};

/** The peer is the accepted side, resumed; or the dialling one. */
const pairOf = async (t: ExecutionContext, raw: RawHandles | null, side: 'accepted' | 'dialled'): Promise<Pair> => {
	const pair = empty() as Pair;
	const read = reader(() => pair);
	const server = createServer({ allowHalfOpen: true, pauseOnConnect: side === 'accepted', noDelay: true });
	t.teardown(() => {
		pair.peer.destroy();
		pair.other.destroy();
		server.close();
	});
	await listen(server, { host: '127.0.0.1', port: 0 });
	const { port } = server.address() as AddressInfo;
	if (side === 'accepted') {
		const peer = new Promise<Peer>((resolve) => accepting(server, (accepted) => resolve(accepted(read)), raw));
		pair.other = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
		// What it writes before it knows that it is connected would wait in the process.
		await once(pair.other, 'connect');
		pair.peer = await peer;
		pair.peer.resume();
	} else {
		const other = once(server, 'connection');
		pair.peer = dialPeer({ host: '127.0.0.1', port }, read, raw);
		await new Promise<void>((resolve) => pair.peer.once('connect', resolve));
		pair.other = (await other)[0];
	}
	watch(pair);
	return pair;
};

const BIG = 32 * 1024 * 1024;
const scenarios: Record<string, (pair: Pair) => Promise<unknown>> = {
	'bytes both ways, then FIN from the other, then ours': async ({ peer, other, log, heard }) => {
		other.write('hello');
		await heard('read hello');
		peer.write(Buffer.from('a'), () => log.push('written'));
		await heard('other a');
		await heard('written');
		peer.write(Buffer.from('b'), () => {});
		await heard('other b');
		other.end();
		await heard('end');
		peer.write(Buffer.from('late'), () => {});
		await heard('other late');
		peer.end();
		await heard('close');
		await heard('other close');
	},
	'FIN first, and reading goes on': async ({ peer, other, log, heard }) => {
		peer.end();
		log.push(`ended ${peer.writableEnded}`);
		await heard('other end');
		other.write('still');
		await heard('read still');
		other.end();
		await heard('close');
		await heard('other close');
	},
	'a reset is an error and a close': async ({ other, heard }) => {
		other.resetAndDestroy();
		await heard('close');
		await heard('other close');
	},
	'our reset is one at the other side': async ({ peer, log, heard }) => {
		peer.resetAndDestroy();
		log.push(`destroyed ${peer.destroyed}`);
		await heard('other ECONNRESET');
		await heard('close');
		await heard('other close');
	},
	'destroy is a FIN': async ({ peer, other, heard }) => {
		peer.destroy();
		await heard('other end');
		await heard('close');
		other.destroy();
		await heard('other close');
	},
	'destroy with unread bytes is a reset': async (pair) => {
		pair.more = false;
		pair.other.write('1');
		await pair.heard('read 1');
		pair.other.write('2');
		await soon(20);
		pair.peer.destroy();
		await pair.heard('other ECONNRESET');
		await pair.heard('close');
		await pair.heard('other close');
	},
	'a reader that says no hears nothing until it is resumed': async (pair) => {
		pair.more = false;
		pair.other.write('1');
		await pair.heard('read 1');
		pair.other.write('2');
		await soon(20);
		pair.log.push('resumed');
		pair.more = true;
		pair.peer.resume();
		await pair.heard('read 2');
	},
	'nothing is heard after destroy, and calls do nothing': async ({ peer, other, log, heard }) => {
		other.write('x');
		peer.destroy();
		peer.destroy();
		peer.resetAndDestroy();
		peer.destroySoon();
		await heard('close');
		log.push(`${peer.destroyed}`);
		await heard('other close');
	},
};

for (const side of ['accepted', 'dialled'] as const) {
	for (const [what, scenario] of Object.entries(scenarios)) {
		test(`${side}: ${what}; as with a Socket`, async (t) => {
			const raw = await rawHandles();
			t.truthy(raw, 'this Node has no raw handles');
			const logs: string[][] = [];
			for (const handles of [raw, null]) {
				const pair = await pairOf(t, handles, side);
				t.is(pair.peer instanceof RawPeer, handles !== null);
				t.is(pair.peer.remoteAddress?.replace('::ffff:', ''), '127.0.0.1');
				t.is(pair.peer.remotePort, pair.other.localPort);
				await scenario(pair);
				await soon(5);
				// Which side hears first is the system's business.
				const mine = pair.log.filter((line) => !line.startsWith('other'));
				const others = pair.log.filter((line) => line.startsWith('other'));
				logs.push([...mine, ...others]);
			}
			t.deepEqual(logs[0], logs[1]);
			t.true((logs[0] as string[]).length > 1);
		});
	}

	test(`${side}: back-pressure shows, ends with done, and destroySoon flushes; as with a Socket`, async (t) => {
		for (const handles of [await rawHandles(), null]) {
			const pair = await pairOf(t, handles, side);
			const { peer, other } = pair;
			other.pause();
			let received = 0;
			other.removeAllListeners('data').on('data', (chunk) => {
				received += chunk.length;
			});
			let done = 0;
			other.pause();
			peer.write(Buffer.alloc(BIG, 1), () => done++);
			const left = peer.writableLength;
			t.true(left > 0 && left <= BIG, `${left}`);
			await soon(20);
			t.is(done, 0);
			peer.destroySoon();
			t.false(peer.destroyed);
			other.resume();
			await pair.heard('close');
			await pair.heard('other end');
			t.is(done, 1);
			t.is(received, BIG);
			t.false(pair.log.some((line) => line.startsWith('error')));
		}
	});

	test(`${side}: what is written to somebody who has gone ends in an error and a close; as with a Socket`, async (t) => {
		for (const handles of [await rawHandles(), null]) {
			const pair = await pairOf(t, handles, side);
			pair.more = false;
			pair.other.write('x');
			await pair.heard('read x');
			pair.other.resetAndDestroy();
			await pair.heard('other close');
			while (!pair.peer.destroyed) {
				pair.peer.write(Buffer.from('y'), () => {});
				await soon(2);
			}
			await pair.heard('close');
			t.regex(pair.log.find((line) => line.startsWith('error')) ?? '', /EPIPE|ECONNRESET/);
			t.is(pair.log.filter((line) => line === 'close').length, 1);
		}
	});
}

for (const [what, host, port] of [
	['refused', '127.0.0.1', 1],
	['impossible', '255.255.255.255', 9],
	['refused over IPv6', '::1', 1],
] as const) {
	test(`a dial that is ${what} is an error and a close; as with a Socket`, async (t) => {
		const logs: string[][] = [];
		for (const handles of [await rawHandles(), null]) {
			const log: string[] = [];
			const peer = dialPeer({ host, port }, () => true, handles);
			peer.once('connect', () => log.push('connect'));
			peer.on('error', (error) => log.push(`error ${error.code}`));
			await new Promise<void>((resolve) => peer.on('close', resolve));
			logs.push(log);
		}
		t.deepEqual(logs[0], logs[1]);
		t.is(logs[0]?.length, 1);
	});
}

test('destroyed while it dials: a close, and no connect', async (t) => {
	for (const handles of [await rawHandles(), null]) {
		const log: string[] = [];
		const peer = dialPeer({ host: '127.0.0.1', port: 1 }, () => true, handles);
		peer.once('connect', () => log.push('connect'));
		peer.on('error', (error) => log.push(`error ${error.code}`));
		const closed = new Promise<void>((resolve) => peer.on('close', resolve));
		peer.destroy();
		await closed;
		t.deepEqual(log, []);
	}
});

test('names are looked up, by a Socket', async (t) => {
	const peer = dialPeer({ host: 'localhost', port: 1 }, () => true, await rawHandles());
	t.false(peer instanceof RawPeer);
	peer.on('error', () => {});
	peer.destroy();
});

test('where anything is missing there are no raw handles, and nothing breaks', async (t) => {
	for (const missing of ['useUserBuffer', 'writeBuffer', 'reset']) {
		class Lacking extends Socket {
			override connect(...args: unknown[]): this {
				(super.connect as (...all: unknown[]) => this)(...args);
				const inside = this as unknown as { _handle: object };
				const Whole = inside._handle.constructor as new (kind: number) => object;
				class Less extends Whole {}
				Object.assign(Less.prototype, { [missing]: undefined });
				Object.defineProperty(inside._handle, 'constructor', { value: Less });
				return this;
			}
		}
		t.is(await findRawHandles(Lacking), null, missing);
	}
	class Without extends Socket {
		override connect(): this {
			return this;
		}
	}
	t.is(await findRawHandles(Without), null);
	class Throws extends Socket {
		override connect(): this {
			throw new Error('not here');
		}
	}
	t.is(await findRawHandles(Throws), null);
	t.truthy(await findRawHandles(Socket));
});

test.serial('read buffers begin small, grow with what comes, and come back', async (t) => {
	const before = buffersInUse();
	const pair = await pairOf(t, await rawHandles(), 'accepted');
	t.deepEqual(buffersInUse(), [(before[0] ?? 0) + 1, before[1], before[2]]);
	pair.other.write(Buffer.alloc(3_000_000));
	while (buffersInUse()[2] === before[2]) await soon(2);
	t.is(buffersInUse()[0], before[0]);
	for (let i = 0; buffersInUse()[2] !== before[2]; i++) {
		pair.other.write('x');
		await soon(1);
		t.true(i < 2000);
	}
	t.is(buffersInUse()[0], (before[0] ?? 0) + 1);
	pair.peer.destroy();
	await pair.heard('close');
	await soon();
	t.deepEqual(buffersInUse(), before);
});
