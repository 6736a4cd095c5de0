import test from 'ava';
import { GRPC_CODES } from '../../src/wire/grpc.js';
import { grpcCodeOfHttp, grpcTimeout, httpStatusOfGrpc } from '../../src/wire/grpc-http.js';

const name = (status: number) => GRPC_CODES[grpcCodeOfHttp(status)];

test("an answer without gRPC's status counts as the code of doc/http-grpc-status-mapping.md", (t) => {
	const table = { 400: 'INTERNAL', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'UNIMPLEMENTED', 429: 'UNAVAILABLE', 502: 'UNAVAILABLE' };
	for (const [status, code] of Object.entries(table)) t.is(name(Number(status)), code as ReturnType<typeof name>, status);
	for (const status of [503, 504]) t.is(name(status), 'UNAVAILABLE');
	for (const status of [200, 302, 418, 500]) t.is(name(status), 'UNKNOWN');
});

test('every code has the status of google/rpc/code.proto', (t) => {
	const of = (code: (typeof GRPC_CODES)[number]) => httpStatusOfGrpc(GRPC_CODES.indexOf(code));
	t.is(of('OK'), 200);
	t.is(of('UNAVAILABLE'), 503);
	t.is(of('DEADLINE_EXCEEDED'), 504);
	t.is(of('RESOURCE_EXHAUSTED'), 429);
	t.is(of('UNIMPLEMENTED'), 501);
	t.is(of('NOT_FOUND'), 404);
	t.is(of('UNAUTHENTICATED'), 401);
	for (const code of GRPC_CODES.keys()) t.true(httpStatusOfGrpc(code) >= 200 && httpStatusOfGrpc(code) < 600);
	t.is(httpStatusOfGrpc(99), 500);
});

test('a timeout has at most eight digits, and is never shorter than it was', (t) => {
	const table: [number, string][] = [
		[5000, '5000m'],
		[0.2, '1m'],
		[-3, '1m'],
		[1000.1, '1001m'],
		[99_999_999, '99999999m'],
		[100_000_000, '100000S'],
	];
	for (const [ms, text] of table) t.is(grpcTimeout(ms), text);
});
