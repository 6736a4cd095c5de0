import test from 'ava';
import type { Correlation } from '../../src/model/plan.js';
import { identity } from '../../src/wire/request-id.js';
import { stamp } from '../../src/workload/correlate.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const request = (body: string | null = null, path = '/task') => ({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body });

/** What a tap or a replica reads of a stamped request whose x-daruma-id was lost. */
const read = (how: Correlation, sent: ReturnType<typeof request>): string | null => {
	const { headers, of } = identity(how);
	const given: Record<string, string> = { ...sent.headers, ...(sent.body !== null && { 'content-length': `${bytes(sent.body).length}` }) };
	return of(
		headers.map((name) => given[name] ?? null),
		sent.path,
		bytes(sent.body ?? ''),
	);
};

const WAYS: [string, Correlation, ReturnType<typeof request>][] = [
	['header', { kind: 'header', name: 'x-request-id' }, request()],
	['trace', { kind: 'trace' }, request()],
	['query', { kind: 'query', name: 'rid' }, request()],
	['query beside another', { kind: 'query', name: 'rid' }, request(null, '/task?a=1&b')],
	['query before a fragment', { kind: 'query', name: 'rid' }, request(null, '/task#part')],
	['body', { kind: 'body', pointer: '/id' }, request('{"n":1}')],
	['deep in a body', { kind: 'body', pointer: '/order/meta/id' }, request('{"order":{"n":1},"é":"ü"}')],
	['in place of what was there', { kind: 'body', pointer: '/id' }, request('{"id":"old"}')],
];
for (const [name, how, sent] of WAYS) {
	test(`${name}: what was put there is read there`, (t) => {
		const stamped = stamp(sent, 'r1234', how, 7);
		t.is(read(how, stamped), 'r1234');
		t.is(read(how, sent), name.startsWith('in place') ? 'old' : null, 'and nothing where none was put');
		t.is(sent.path, sent.path.replace('rid', ''), 'the mix entry itself is left alone');
	});
}

test('without a place the request stays as it is', (t) => {
	const sent = request();
	t.is(stamp(sent, 'r1', undefined, 7), sent);
	t.is(stamp(request('plain'), 'r1', { kind: 'body', pointer: '/id' }, 7).body, 'plain');
});

test('x-daruma-id goes first wherever it survived; probes keep theirs', (t) => {
	const { of } = identity({ kind: 'header', name: 'x-request-id' });
	t.is(of(['probe-1', 'other'], '/'), 'probe-1');
	t.is(of([null, 'other'], '/'), 'other');
	t.is(identity().of(['r5'], '/'), 'r5');
	t.is(identity().of([null], '/?x-daruma-id=r5'), null);
});

test('a body that is not whole, too long, chunked, or no JSON gives no id', (t) => {
	const { of } = identity({ kind: 'body', pointer: '/id' });
	const body = bytes('{"id":"r9"}');
	t.is(of([null, '11'], '/', body), 'r9');
	t.is(of([null, '11'], '/', bytes('{"id":"r9"}GET / HTTP/1.1')), 'r9', 'what follows is another request');
	t.is(of([null, '12'], '/', body), null);
	t.is(of([null, null], '/', body), null);
	t.is(of([null, '0'], '/', body), null);
	t.is(of([null, '99999'], '/', new Uint8Array(99_999).fill(32)), null);
	t.is(of([null, '3'], '/', bytes('{"i')), null);
	t.is(of([null, '11'], '/'), null);
});
