import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { ActiveToxic } from '../../../src/proxy/active-toxic.js';
import type { ToxicState } from '../../../src/proxy/contract.js';
import { RequestToxics } from '../../../src/proxy/requests/desk.js';
import type { Header, RequestFacts } from '../../../src/proxy/requests/plan.js';
import { TOXICS } from '../../../src/proxy/toxics/index.js';
import type { ToxicType } from '../../../src/proxy/toxics/toxic.js';

type Wish = [type: string, attributes?: Record<string, number | string>, more?: Partial<ToxicState>];

const deskOf = (wishes: Wish[], seed = 1): { desk: RequestToxics; toxics: ActiveToxic[]; told: string[] } => {
	const toxics = wishes.map(
		([type, attributes = {}, more = {}], i) =>
			new ActiveToxic(TOXICS.get(type) as ToxicType, { name: `${type}${i}`, type, stream: 'downstream', toxicity: 1, attributes, ...more }),
	);
	const told: string[] = [];
	return {
		toxics,
		told,
		desk: new RequestToxics(
			() => toxics,
			rng(seed),
			({ path }, { toxic, action }) => told.push(`${path} ${toxic} ${action}`),
		),
	};
};
const facts = (path = '/', more: Partial<RequestFacts> = {}): RequestFacts => ({
	protocol: 'http/1.1',
	method: 'GET',
	path,
	headers: [],
	conn: 0,
	client: { address: '127.0.0.1', port: 1 },
	...more,
});
const turns = (wish: Wish, paths: string[]): string => {
	const { desk } = deskOf([wish]);
	return paths.map((path) => (desk.decide(facts(path)).hits.length > 0 ? 'x' : '.')).join('');
};

test('first, after and every count the requests that match', (t) => {
	const ten = Array.from({ length: 10 }, () => '/');
	t.is(turns(['http_status', {}, { first: 2 }], ten), 'xx........');
	t.is(turns(['http_status', {}, { after: 3 }], ten), '...xxxxxxx');
	t.is(turns(['http_status', {}, { every: 3 }], ten), '..x..x..x.');
	t.is(turns(['http_status', {}, { after: 1, every: 2, first: 4 }], ten), '..x.x.....');
	t.is(turns(['http_status', { path: '/a' }, { first: 2 }], ['/b', '/a', '/b', '/a', '/a']), '.x.x.');
	t.is(turns(['http_status', {}, { client: '10.0.0.1' }], ten), '..........');
	t.is(turns(['grpc_status', {}, { first: 1 }], ten), '..........', 'requests that are no gRPC do not count');
});

test('toxicity is the share of requests; a seed decides alike, and each toxic for itself', (t) => {
	const paths = Array.from({ length: 1000 }, () => '/');
	const drawn = (seed: number): string[] => {
		const { desk } = deskOf(
			[
				['http_status', {}, { toxicity: 0.3 }],
				['http_delay', { delay: 5, jitter: 3 }, { toxicity: 0.5 }],
			],
			seed,
		);
		return paths.map((path) =>
			desk
				.decide(facts(path))
				.hits.map(({ toxic, action }) => `${toxic} ${action}`)
				.join('+'),
		);
	};
	const one = drawn(1);
	t.deepEqual(drawn(1), one);
	t.notDeepEqual(drawn(2), one);
	const share = one.filter((text) => text.includes('status')).length;
	t.true(share > 240 && share < 360, `${share}`);
	const delayed = one.filter((text) => text.includes('delay')).length;
	t.true(delayed > 430 && delayed < 570, `${delayed}`);
	const both = one.filter((text) => text.includes('+')).length;
	t.true(both > 90 && both < 220, `${both}: they are independent`);
	t.is(turns(['http_status', {}, { toxicity: 0 }], paths.slice(0, 50)), '.'.repeat(50));
});

test('one toxic ends a request, the first; the others join in', (t) => {
	const { desk, told, toxics } = deskOf([
		['http_delay', { delay: 10 }],
		['http_delay', { delay: 5 }],
		['http_reset', { path: '/r' }],
		['http_status', { status: 500 }],
		['http_hang'],
		['http_truncate', { bytes: 7 }],
		['http_truncate', { bytes: 9 }],
		['http_headers', { set: 'a: 1\nb: 1' }],
		['http_headers', { set: 'c: 1', remove: 'A' }],
	]);
	const { hits, answer, ...plan } = desk.decide(facts('/s'));
	t.deepEqual(plan, {
		delayMs: 15,
		truncateAt: 7,
		requestHeaders: {
			set: [
				['b', '1'],
				['c', '1'],
			],
			remove: ['a'],
		},
	});
	t.is(answer?.status, 500);
	t.is(hits.length, 7);
	const reset = desk.decide(facts('/r'));
	t.deepEqual([reset.reset, reset.answer, reset.hang], ['read', undefined, undefined]);
	t.is(told.length, 14);
	t.deepEqual(
		toxics.map((toxic) => toxic.hits),
		[2, 2, 1, 1, 0, 2, 2, 2, 2],
	);
});

test('a body is wanted only where it can decide', (t) => {
	const { desk } = deskOf([['http_status', { rpc_method: 'a', path: '/rpc' }]]);
	t.true(desk.wantsBody(facts('/rpc')));
	t.false(desk.wantsBody(facts('/other')));
	t.is(desk.decide(facts('/rpc', { rpcMethods: ['b'] })).hits.length, 0);
	t.is(desk.decide(facts('/rpc')).hits.length, 0);
	t.is(desk.decide(facts('/rpc', { rpcMethods: ['b', 'a'] })).hits.length, 1);
});

test('a script counts by its key, or by what it stands in', (t) => {
	const { desk } = deskOf([['http_script']]);
	const script = (behavior: string, path: string, key?: string): string => {
		const headers: Header[] = [['x-daruma-behavior', behavior], ...(key === undefined ? [] : [['x-daruma-key', key] as const])];
		const plan = desk.decide(facts(path, { headers }));
		return String(plan.answer?.status ?? 'pass');
	};
	t.deepEqual(
		['/a', '/b', '/a'].map((path) => script('fail-first-1', path)),
		['503', '503', 'pass'],
	);
	t.deepEqual(
		['k', 'k', 'l'].map((key) => script('fail-first-1', '/x', key)),
		['503', 'pass', '503'],
	);
	t.is(script('nonsense', '/a'), '400');
	t.is(script('hang,', '/a'), 'pass');
	t.deepEqual(desk.decide(facts('/none')).hits, []);
});

test('what an attribute may not be is told', (t) => {
	const rows: [type: string, attributes: Record<string, unknown>, said: RegExp][] = [
		['http_status', { status: 99 }, /^status must be from 200 to 599, not 99$/],
		['http_status', { status: 600 }, /^status must/],
		['http_status', { headers: 'no colon' }, /^headers must be lines of "name: value", not "no colon"$/],
		['http_status', { headers: 'a b: c' }, /^headers names a header that cannot be: "a b"$/],
		['http_status', { headers: 'Content-Length: 3' }, /^headers must not name Content-Length/],
		['http_status', { headers: 'a: b\u0000' }, /^headers: the value of a holds a character/],
		['http_status', { path: '/a(/' }, /^path holds no regular expression: a \( without \)$/],
		['http_delay', { delay: -1 }, /^delay must be from 0 to 86400000 ms, not -1$/],
		['http_delay', { jitter: 1e12 }, /^jitter must/],
		['http_delay', { distribution: 'odd' }, /^distribution must be uniform, normal, pareto or table, not odd$/],
		['http_truncate', { bytes: -1 }, /^bytes must not be negative, is -1$/],
		['http_headers', { on: 'both' }, /^on must be request or response, not both$/],
		['http_headers', { set: 'transfer-encoding: x' }, /^set must not name transfer-encoding/],
		['http_headers', { remove: 'a, content-length' }, /^remove must not name content-length/],
		['http_reset', { when: 'later' }, /^when must be read or passed, not later$/],
		['grpc_status', { code: 0 }, /^code must be from 1 to 16, not 0$/],
		['grpc_status', { code: 17 }, /^code must/],
	];
	for (const [type, attributes, said] of rows) t.regex(TOXICS.get(type)?.objection(attributes) ?? '', said, `${type} ${JSON.stringify(attributes)}`);
	for (const { objection, attributes, request } of TOXICS.values()) {
		if (request) t.is(objection(Object.fromEntries(Object.entries(attributes).map(([key, info]) => [key, info.default]))), null);
	}
});

test('random attributes, hostile ones too: refused with a sentence, or of use', (t) => {
	const chance = rng(5);
	const pick = <T>(from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
	const texts = [
		'',
		'*',
		'/a',
		'/(a+)+$/',
		'/[/',
		'GET',
		'x: y',
		'x',
		':',
		'\u0000',
		'\r\n',
		'a: b\r\nc: d',
		'é: 1',
		'a: é',
		'a: ☃',
		'read',
		'response',
		'x'.repeat(9000),
		'__proto__',
		'%',
	];
	const numbers = [0, 1, 14, 200, 204, 503, 599, 600, -1, 1e12, 2 ** 53 - 1];
	let used = 0;
	for (const type of TOXICS.values()) {
		if (!type.request) continue;
		for (let i = 0; i < 300; i++) {
			const attributes: Record<string, number | string> = {};
			for (const [name, { kind, default: zero }] of Object.entries(type.attributes)) {
				if (chance.next() < 0.5) attributes[name] = zero as string;
				else attributes[name] = kind === 'string' ? pick(texts) : pick(numbers);
			}
			const objection = type.objection(attributes);
			if (objection !== null) {
				t.true(objection.length > 10 && objection.length < 20_000);
				continue;
			}
			used++;
			const { desk } = deskOf([[type.type, attributes]]);
			const headers: Header[] = [
				['content-type', 'application/grpc'],
				['x-daruma-behavior', pick(texts)],
				['x', 'y'],
			];
			const one = facts('/a', { headers, grpcMethod: 'a' });
			desk.wantsBody(one);
			desk.decide({ ...one, rpcMethods: [pick(texts)] });
		}
	}
	t.true(used > 300, `${used}`);
});
