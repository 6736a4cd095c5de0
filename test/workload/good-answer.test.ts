import test from 'ava';
import type { MixEntry } from '../../src/model/plan.js';
import { type Heard, isGood } from '../../src/workload/good-answer.js';

const below400 = { op: '<', status: 400 } as const;
const http: Pick<MixEntry, 'ok' | 'grpc'> = { ok: below400 };
const rpc = (...ok: number[]): Pick<MixEntry, 'ok' | 'grpc'> => ({ ok: below400, grpc: { ok, encoding: 'text' } });

const table: [entry: Pick<MixEntry, 'ok' | 'grpc'>, heard: Heard, good: boolean, why: string][] = [
	[http, { status: 200 }, true, 'HTTP by its status'],
	[http, { status: 503 }, false, 'HTTP by its status'],
	[http, { status: 200, grpcStatus: 14 }, true, 'plain HTTP knows no codes'],
	[rpc(0), { status: 200, grpcStatus: 0 }, true, 'OK'],
	[rpc(0), { status: 200, grpcStatus: 14 }, false, 'UNAVAILABLE over a 200'],
	[rpc(0, 5), { status: 200, grpcStatus: 5 }, true, 'NOT_FOUND where the user takes it'],
	[rpc(5), { status: 200, grpcStatus: 0 }, false, 'OK where it must be NOT_FOUND'],
	[rpc(0), { grpcStatus: 0 }, true, "a library that tells no status of HTTP's"],
	[rpc(0), { status: 502 }, false, "a gateway's page"],
	[rpc(0, 14), { status: 502 }, true, "a gateway's page is UNAVAILABLE to gRPC"],
	[rpc(0), { status: 200 }, false, 'no status of gRPC is no OK'],
];
for (const [entry, heard, good, why] of table) {
	test(`${JSON.stringify(heard)} for ${JSON.stringify(entry.grpc?.ok ?? 'HTTP')}: ${why}`, (t) => t.is(isGood(entry, heard), good));
}
