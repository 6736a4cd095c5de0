import test from 'ava';
import { type Rng, rng } from '../../../src/model/rng.js';
import { ActiveToxic } from '../../../src/proxy/active-toxic.js';
import { DueHeap } from '../../../src/proxy/due-heap.js';
import type { Ends } from '../../../src/proxy/requests/conversation.js';
import { RequestToxics } from '../../../src/proxy/requests/desk.js';
import { Http1Conversation } from '../../../src/proxy/requests/http1.js';
import { joining } from '../../../src/proxy/requests/joining.js';
import { TOXICS } from '../../../src/proxy/toxics/index.js';
import type { ToxicType } from '../../../src/proxy/toxics/toxic.js';

const pick = <T>(chance: Rng, from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
const upTo = (chance: Rng, n: number): number => Math.floor(chance.next() * (n + 1));

const bodyOf = (chance: Rng): string => 'GET / HTTP/1.1\r\n{"jsonrpc":"2.0","method":"m"}'.slice(0, upTo(chance, 60));
const framed = (chance: Rng, start: string): string => {
	const body = bodyOf(chance);
	const more = pick(chance, ['', 'X-A: b\r\n', 'Connection: close\r\n', 'Expect: 100-continue\r\n', 'x-daruma-behavior: fail-first-1\r\n', 'Upgrade: x\r\n']);
	switch (upTo(chance, 4)) {
		case 0:
			return `${start}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
		case 1:
			return `${start}\r\n${more}Transfer-Encoding: chunked\r\n\r\n${body ? `${body.length.toString(16)};x\r\n${body}\r\n` : ''}0\r\n${pick(chance, ['', 'T: r\r\n'])}\r\n`;
		case 2:
			return `${start}\r\n${more}Content-Length: ${upTo(chance, 20)}\r\n\r\n${body}`;
		default:
			return `${start}\r\n${more}\r\n`;
	}
};
const request = (chance: Rng): string =>
	framed(
		chance,
		`${pick(chance, ['GET', 'POST', 'HEAD', 'CONNECT', 'PUT'])} ${pick(chance, ['/', '/a?b', '*', 'a:1', 'http://x/y'])} HTTP/1.${upTo(chance, 1)}`,
	);
const response = (chance: Rng): string => framed(chance, `HTTP/1.${upTo(chance, 1)} ${pick(chance, [200, 204, 304, 100, 103, 101, 404, 500])} OK`);
const mutated = (chance: Rng, text: string): Buffer => {
	const bytes = Buffer.from(text, 'latin1');
	if (chance.next() < 0.5) return bytes;
	for (let i = upTo(chance, 3); i > 0 && bytes.length > 0; i--)
		bytes[upTo(chance, bytes.length - 1)] = pick(chance, [0, 10, 13, 32, 58, 255, upTo(chance, 255)]);
	return chance.next() < 0.2 ? bytes.subarray(0, upTo(chance, bytes.length)) : bytes;
};
const streamOf = (chance: Rng, one: (chance: Rng) => string): Buffer => mutated(chance, Array.from({ length: upTo(chance, 4) }, () => one(chance)).join(''));

interface Seen {
	up: Buffer[];
	down: Buffer[];
	resets: number;
	forgotten: number;
	endedUp: boolean;
	endedDown: boolean;
}

/** Every view is spoilt as soon as the call is over, as read buffers are. */
const play = async (chance: Rng, toxics: readonly ActiveToxic[], join: boolean): Promise<{ seen: Seen; client: Buffer; upstream: Buffer }> => {
	const seen: Seen = { up: [], down: [], resets: 0, forgotten: 0, endedUp: false, endedDown: false };
	const heap = new DueHeap({ now: () => performance.now() });
	const ends: Ends = {
		desk: new RequestToxics(
			() => toxics,
			rng(1),
			() => {},
		),
		heap,
		conn: 0,
		client: { address: '127.0.0.1', port: 1 },
		clientReady: true,
		toUpstream: (view) => seen.up.push(Buffer.from(view)),
		toClient: (view) => seen.down.push(Buffer.from(view)),
		endUpstream: () => {
			seen.endedUp = true;
		},
		endClient: () => {
			seen.endedDown = true;
		},
		reset: () => {
			seen.resets++;
		},
		forgetUpstream: () => {
			seen.forgotten++;
		},
		drained: () => {},
		opaque: () => {},
	};
	const conversation = join ? joining(chance.next() < 0.5)(ends, new Uint8Array(0)) : new Http1Conversation(ends, new Uint8Array(0));
	const client = streamOf(chance, request);
	const upstream = streamOf(chance, response);
	const said: Buffer[] = [];
	let [a, b] = [0, 0];
	// Mostly the client first, as it would be.
	while ((a < client.length || b < upstream.length) && seen.resets === 0) {
		const asks = a < client.length && (b >= upstream.length || chance.next() < 0.7);
		const size = pick(chance, [1, 3, 20, 200, 1000]);
		const view = Buffer.from((asks ? client.subarray(a, a + size) : upstream.subarray(b, b + size)) as Uint8Array);
		if (asks) {
			conversation.fromClient(view);
			a += size;
		} else {
			said.push(Buffer.from(view));
			conversation.fromUpstream(view);
			b += size;
		}
		view.fill(0x5a);
		if (chance.next() < 0.001) await new Promise((resolve) => setTimeout(resolve, 2));
	}
	if (toxics.some(({ type, toxicity }) => type.type === 'http_delay' && toxicity > 0)) await new Promise((resolve) => setTimeout(resolve, 4));
	if (seen.resets === 0) conversation.upstreamEnded();
	if (seen.resets === 0 && chance.next() < 0.5) conversation.clientEnded();
	conversation.close();
	return { seen, client: seen.resets === 0 ? client : client.subarray(0, a), upstream };
};

const toxic = (type: string, attributes: Record<string, number | string> = {}, toxicity = 1): ActiveToxic =>
	new ActiveToxic(TOXICS.get(type) as ToxicType, { name: type, type, stream: 'upstream', toxicity, attributes });

test('where no toxic acts, both sides see the bytes that the other has sent, well formed or not, however they are cut', async (t) => {
	const idle = [toxic('http_status', { path: '/never' }), toxic('http_reset', { rpc_method: 'never' })];
	for (let seed = 0; seed < 4000; seed++) {
		// Who joins a conversation in its midst, and asks for bodies, may say a 100 there.
		const chance = rng(seed);
		const { seen, client, upstream } = await play(chance, seed % 3 === 0 ? [] : seed % 3 === 1 ? idle : idle.slice(0, 1), seed % 5 === 0 && seed % 3 !== 1);
		const told = `seed ${seed}\n${client.toString('latin1')}\n---\n${upstream.toString('latin1')}`;
		if (!Buffer.concat(seen.up).equals(client)) t.is(Buffer.concat(seen.up).toString('latin1'), client.toString('latin1'), told);
		// A 100 that was said for the upstream takes the place of its own.
		const down = Buffer.concat(seen.down).toString('latin1');
		const plain = (text: string): string => (seed % 3 === 1 ? text.replaceAll(/HTTP\/1\.[01] 100[^\n]*\n(?:[^\n]+\n)*?\r\n/g, '') : text);
		if (plain(down) !== plain(upstream.toString('latin1'))) t.is(down, upstream.toString('latin1'), told);
		t.is(seen.resets + seen.forgotten, 0, told);
	}
	t.pass();
});

test('with toxics at work, nothing that either side may say makes it fail, hang or hold more than it may', async (t) => {
	let acted = 0;
	for (let seed = 0; seed < 2000; seed++) {
		const chance = rng(seed);
		const all = [
			toxic('http_status', {}, 0.3),
			toxic('http_delay', { delay: 1 }, seed % 10 === 0 ? 0.3 : 0),
			toxic('http_truncate', { bytes: upTo(chance, 9) }, 0.3),
			toxic('http_headers', { set: 'X-A: c', remove: 'connection' }, 0.3),
			toxic('http_headers', { set: 'X-A: c', remove: 'connection', on: 'response' }, 0.3),
			toxic('http_reset', { when: pick(chance, ['read', 'passed']) }, 0.2),
			toxic('http_hang', {}, 0.1),
			toxic('http_status', { rpc_method: 'm' }, 0.5),
			toxic('http_script'),
		];
		const { seen } = await play(chance, all, seed % 5 === 0);
		acted += all.reduce((sum, { hits }) => sum + hits, 0);
		t.true(seen.resets <= 1);
	}
	t.true(acted > 300, `${acted}`);
});
