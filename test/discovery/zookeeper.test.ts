import type { Socket } from 'node:net';
import test from 'ava';
import { zookeeper } from '../../src/discovery/zookeeper.js';
import { DarumaError } from '../../src/model/errors.js';
import { JuteReader, JuteWriter } from '../../src/wire/jute.js';
import { cutPacket, OP } from '../../src/wire/zookeeper.js';
import { followed, GARBAGE, serveTcp } from './registry-stage.js';

/** As much of a server as one client needs: a session, one path's children, one-shot watches. */
class Fake {
	children: Record<string, string> = {};
	session = 7n;
	readonly greeted: bigint[] = [];
	asked = 0;
	private socket: Socket | null = null;
	private watched = false;

	readonly talk = (socket: Socket): void => {
		this.socket = socket;
		this.watched = false;
		let rest: Uint8Array = new Uint8Array(0);
		let first = true;
		socket.on('data', (piece: Buffer) => {
			rest = Buffer.concat([rest, piece]);
			for (let cut = cutPacket(rest); cut; cut = cutPacket(rest)) {
				rest = rest.subarray(cut.length);
				if (first) this.greet(new JuteReader(cut.value));
				else this.answer(new JuteReader(cut.value));
				first = false;
			}
		});
	};

	private greet(reader: JuteReader): void {
		reader.int();
		reader.long();
		reader.int();
		const wanted = reader.long();
		this.greeted.push(wanted);
		const known = wanted === 0n || wanted === this.session;
		this.socket?.write(
			new JuteWriter()
				.int(0)
				.int(known ? 4000 : 0)
				.long(known ? this.session : 0n)
				.buffer(new Uint8Array(16))
				.bool(false)
				.packet(),
		);
	}

	private answer(reader: JuteReader): void {
		const [xid, op] = [reader.int(), reader.int()];
		const reply = new JuteWriter().int(xid).long(1n);
		if (op === OP.ping || op === OP.close) return void this.socket?.write(reply.int(0).packet());
		const path = reader.string();
		if (op === OP.getChildren) {
			this.asked += 1;
			this.watched = reader.bool();
			reply.int(0).int(Object.keys(this.children).length);
			for (const name of Object.keys(this.children)) reply.string(name);
		} else {
			const data = this.children[path.split('/').at(-1)!];
			if (data === undefined) reply.int(-101);
			else reply.int(0).string(data);
		}
		this.socket?.write(reply.packet());
	}

	/** A watch fires once. */
	change(children: Record<string, string>): void {
		this.children = children;
		if (!this.watched) return;
		this.watched = false;
		this.socket?.write(new JuteWriter().int(-1).long(-1n).int(0).int(4).int(3).string('/svc').packet());
	}

	drop(): void {
		this.socket?.destroy();
	}
}

test('children are followed by watches that are armed again; a lost connection is the same session, an expired one a new', async (t) => {
	const fake = new Fake();
	fake.children = { a: '10.0.0.1:80' };
	const place = await serveTcp(t, fake.talk);
	const { says } = followed(t, zookeeper, `zk://${place}/svc/`);
	t.is(await says(/./), '10.0.0.1:80+');
	fake.change({ a: '10.0.0.1:80', b: '{"serviceEndpoint":{"host":"h","port":1},"status":"DEAD"}' });
	t.is(await says(/./), '10.0.0.1:80+ h:1-');
	fake.change({});
	t.is(await says(/./), 'none');
	fake.children = { c: '10.0.0.3:80' };
	fake.drop();
	t.regex(await says(/./), /^lost: ZooKeeper at 127\.0\.0\.1:\d+: /);
	t.is(await says(/^10/), '10.0.0.3:80+');
	fake.session = 8n;
	fake.drop();
	await says(/lost/);
	t.is(await says(/^10/), '10.0.0.3:80+');
	t.deepEqual(fake.greeted, [0n, 7n, 7n, 0n]);
});

for (const [what, bytes] of GARBAGE) {
	test(`a server that says ${what}: lost, and nothing thrown`, async (t) => {
		const place = await serveTcp(t, (socket) => (bytes === null ? socket.destroy() : void socket.end(bytes)));
		t.regex(await followed(t, zookeeper, `zk://${place}/svc?session=500ms`).says(/./), /^lost: ZooKeeper at 127\.0\.0\.1:\d+: /);
	});
}

test('a greeting, then noise: lost', async (t) => {
	const place = await serveTcp(t, (socket) => {
		socket.write(new JuteWriter().int(0).int(4000).long(7n).buffer(new Uint8Array(16)).packet());
		socket.write(new JuteWriter().int(1).packet());
	});
	t.regex(await followed(t, zookeeper, `zk://${place}/svc`).says(/./), /lost/);
});

for (const address of ['zk://h:2181,', 'zk://h:0/x', 'zk:///x', 'zk://h/a//b', 'zk://h/a/../b', 'zk://h/a?session=1', 'zk://h/a?b=c', 'zk://%zz@h/a']) {
	test(`cannot be right: ${address}`, (t) => {
		const error = t.throws(() => followed(t, zookeeper, address), { instanceOf: DarumaError });
		t.is(error?.exit, 2);
	});
}
