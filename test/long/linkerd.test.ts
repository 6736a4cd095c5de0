import test from 'ava';
import type { PolicyName } from '../../src/model/plan.js';
import { simulate } from '../../src/simulator/simulate.js';
import { client } from '../resilience/spec.js';
import { entry, fault, plan } from '../simulator/stage.js';

/**
 * Linkerd's published comparison (2016): 11 backends of 167 ms, 1000 requests a second for 60 s, one backend at 2 s from
 * second 15 to 45; success is an answer within 1 s. About 95 % round robin, 99 % least loaded, 99.9 % peak EWMA.
 */
const success = (policy: PolicyName): number => {
	const p = plan({
		seed: 12_345,
		replicas: 11,
		serviceMs: 167,
		client: client({ policy, retry: null, timeoutMs: null }),
		traffic: { rate: 1000, timeoutMs: 10_000, mix: [entry('GET')] },
		baselineMs: 14_500,
		faults: [fault('delay', { latencyMs: 1833, forMs: 30_000 })],
		afterMs: 14_800,
	});
	const requests = [...simulate(p).truths[0]!.requests.values()];
	return requests.filter((r) => r.endMs - r.intendedMs < 1000).length / requests.length;
};

test('round robin loses the slow backend’s share for as long as it is slow: 1 − 30/60/11', (t) => {
	t.true(Math.abs(success('round-robin') - (1 - 30 / 60 / 11)) < 0.001);
});

test('the least loaded avoids it, the fastest avoids it sooner', (t) => {
	const loaded = success('p2c');
	const fastest = success('least-response-time');
	t.true(Math.abs(loaded - 0.995) < 0.002, String(loaded));
	t.true(fastest > 0.999, String(fastest));
});
