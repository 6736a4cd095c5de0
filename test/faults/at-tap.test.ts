import test from 'ava';
import type { ClusterNode } from '../../src/cluster/cluster.js';
import type { Custody } from '../../src/custody/custody.js';
import { FAULTS } from '../../src/faults/index.js';
import type { FaultSpec } from '../../src/model/plan.js';
import { healthServer } from '../probes/grpc-server.js';
import { tapBefore } from '../proxy/stage.js';

const cases: [FaultSpec['kind'], Partial<FaultSpec>, RegExp][] = [
	['error', {}, /^answered UNAVAILABLE$/],
	['error', { status: 429, grpcStatus: 8, share: 0.5 }, /^answered RESOURCE_EXHAUSTED$/],
	['reset', {}, /^asked, got RST_STREAM$/],
	['blackhole', {}, /got no answer/],
	['delay', { latencyMs: 50 }, /^answered after/],
	['drop', { share: 1 }, /timeout/],
];

test('each fault at a tap is seen by a health check of gRPC, and so is its heal; nothing of it is in the history', async (t) => {
	const replica = await healthServer(t);
	const { tap, port, clock, events } = await tapBefore(t, replica.port);
	const node = { name: 'n1', host: '127.0.0.1', port, setTapFault: async (fault: never) => tap.setFault(fault) } as unknown as ClusterNode;
	for (const [kind, more, detail] of cases) {
		const module = await FAULTS[kind]();
		const act = await module.arm(
			{ kind, target: 'n1', atMs: 0, forMs: 1000, ...more },
			{ node, custody: {} as Custody, clock, seed: 7, probePath: '/', probeProtocol: 'grpc' },
		);
		await act.fire();
		t.regex((await act.effective(20_000)).detail, detail);
		t.regex((await act.heal()).detail, /^answered 200/);
	}
	t.deepEqual(events(), []);
});
