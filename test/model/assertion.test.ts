import test from 'ava';
import { type Answered, parseExpected } from '../../src/model/assertion.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const ANSWER: Answered = {
	status: 200,
	headers: { server: 'nginx/1.22', 'x-empty': '' },
	body: bytes('{"status":"UP","n":3,"list":[1,{"a b":true}],"ok":"7"}'),
	certDays: 20.5,
	load: 40,
	latencyMs: 12,
};
const holds = (text: string, answer = ANSWER): boolean | string => {
	const found = parseExpected(text);
	if (!('each' in found)) throw new Error(`${text}: ${JSON.stringify(found)}`);
	return found.each.broken(answer) ?? true;
};

test('what holds', (t) => {
	for (const text of [
		'status == 200',
		'status < 400',
		'status != 503',
		'status=200',
		'latency < 250ms',
		'latency <= 1s',
		'certDays > 14',
		'load < 100',
		'body contains UP',
		'body contains "UP"',
		'body matches /"status":\\s*"up"/i',
		'header server matches /nginx/',
		'header Server contains nginx',
		'header x-empty exists',
		'header server == nginx/1.22',
		'header x-absent != 3',
		'json $.status == "UP"',
		'json $.status == UP',
		"json $.status == 'UP'",
		'json $.n >= 3',
		'json $.ok > 6',
		'json $.list[0] == 1',
		'json $.list[-1]["a b"] == true',
		'json $.list.length == 2',
		'json $.list contains 1',
		'json $.list exists',
		'json $ contains UP',
	])
		t.true(holds(text), text);
});

test('what does not, and what was found', (t) => {
	for (const [text, found] of [
		['status == 503', '200'],
		['latency < 10ms', '12'],
		['certDays > 30', '20.5'],
		['body contains down', /^"\{/],
		['header server matches /apache/', '"nginx/1.22"'],
		['header x-absent exists', 'no such header'],
		['header constructor exists', 'no such header'],
		['json $.status == "DOWN"', '"UP"'],
		['json $.absent exists', 'nothing'],
		['json $.__proto__ exists', 'nothing'],
		['json $.n < 3', '3'],
		['json $.status > 3', '"UP"'],
	] as const) {
		const broken = holds(text);
		if (typeof found === 'string') t.is(broken, found, text);
		else t.regex(String(broken), found, text);
	}
	t.is(holds('json $.a == 1', { latencyMs: 1, body: bytes('<html>') }), 'no JSON');
	t.is(holds('status == 200', { latencyMs: 1 }), 'no status');
	t.is(holds('body matches /^$/', { latencyMs: 1 }), true);
});

test('demands on all answers together', (t) => {
	const found = parseExpected('p99 < 250ms');
	t.deepEqual('all' in found && [found.all.metric, found.all.bound.op, found.all.bound.value], ['p99Ms', '<', 250]);
	t.true('all' in parseExpected('availability >= 99%'));
	t.true('all' in parseExpected('max <= 1s'));
});

test('what cannot be read says what was expected', (t) => {
	for (const [text, expected] of [
		['', /one of/],
		['200', /one of/],
		['stauts == 200', /did you mean status/],
		['status 200', /an operator/],
		['status == abc', /a factor|such as/],
		['p99 < 250', /a time/],
		['body', /contains TEXT/],
		['body contains', /something after/],
		['body matches ok', /slashes/],
		['body matches /(/', /regular expression/],
		['header server', /header's name and a test|contains TEXT/],
		['json status == 1', /a path/],
		['json $.a[ == 1', /a path/],
		['json $.a > abc', /a number/],
		['body exists now', /nothing after/],
	] as const) {
		const found = parseExpected(text);
		t.true('expected' in found, text);
		if ('expected' in found) t.regex(found.expected, expected, text);
	}
});
