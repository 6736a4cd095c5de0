import { loadavg } from 'node:os';
import test from 'ava';
import { besieged } from '../proxy/siege.js';

test('99 of 100 calls to the API are answered within 100 ms while clients stall, upstreams hang and connections churn', async (t) => {
	const { calls, churned } = await besieged(t, 60);
	const sorted = calls.map(({ ms }) => ms).sort((a, b) => a - b);
	const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] as number;
	const slowest = calls.reduce((a, b) => (a.ms > b.ms ? a : b));
	t.log(
		`${calls.length} calls, ${churned} connections: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, max ${at(1).toFixed(1)} ms (${slowest.what}); load ${loadavg()[0]?.toFixed(1)}`,
	);
	t.deepEqual([...new Set(calls.map(({ status }) => status))].sort(), [200, 201, 204]);
	t.true(at(0.99) < 100, `p99 ${at(0.99)} ms`);
});
