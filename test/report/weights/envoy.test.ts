import test from 'ava';
import { parse } from 'yaml';
import { envoy } from '../../../src/report/weights/envoy.js';
import { HOSTILE, SERVERS } from './stage.js';

test('a ClusterLoadAssignment, as JSON and as YAML', (t) => {
	const text = envoy(SERVERS, 'app');
	t.deepEqual(parse(text), JSON.parse(text));
	const { cluster_name, endpoints } = JSON.parse(text);
	t.is(cluster_name, 'app');
	t.deepEqual(endpoints[0].lb_endpoints, [
		{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 8001 } } }, load_balancing_weight: 67 },
		{ endpoint: { address: { socket_address: { address: '::1', port_value: 8002 } } }, load_balancing_weight: 33 },
		{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 8003 } } }, health_status: 'UNHEALTHY' },
	]);
	for (const [servers, pool] of HOSTILE) t.throws(() => envoy(servers, pool), { instanceOf: TypeError });
});
