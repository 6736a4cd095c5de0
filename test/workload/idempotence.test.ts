import test from 'ava';
import { isIdempotent } from '../../src/workload/idempotence.js';

for (const [method, expected] of [
	['GET', true],
	['HEAD', true],
	['OPTIONS', true],
	['TRACE', true],
	['PUT', true],
	['DELETE', true],
	['POST', false],
	['PATCH', false],
	['CONNECT', false],
	['LOCK', false],
	['get', false],
] as const) {
	test(`${method} is ${expected ? '' : 'not '}idempotent by RFC 9110`, (t) => {
		t.is(isIdempotent(method), expected);
	});
}
