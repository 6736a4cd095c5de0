import test from 'ava';
import type { GrpcJsSpec } from '../../../src/model/plan.js';
import { serviceConfig } from '../../../src/traffic/libraries/service-config.js';

const spec: GrpcJsSpec = { kind: 'grpcJs', policy: 'round_robin', retry: null, keepalive: null, config: null, from: '/' };

test('policy and retry become a service config', (t) => {
	t.deepEqual(serviceConfig(spec), { loadBalancingConfig: [{ round_robin: {} }] });
	const retry = { attempts: 4, baseMs: 100, maxMs: 1000, multiplier: 2, statuses: ['UNAVAILABLE'] };
	t.deepEqual(serviceConfig({ ...spec, policy: 'pick_first', retry }), {
		loadBalancingConfig: [{ pick_first: {} }],
		methodConfig: [
			{
				name: [{}],
				retryPolicy: { maxAttempts: 4, initialBackoff: '0.1s', maxBackoff: '1s', backoffMultiplier: 2, retryableStatusCodes: ['UNAVAILABLE'] },
			},
		],
	});
});

test("a config of one's own is all that counts", (t) => {
	t.deepEqual(serviceConfig({ ...spec, config: { a: 1 } }), { a: 1 });
});
