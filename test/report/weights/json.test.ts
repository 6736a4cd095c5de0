import test from 'ava';
import { json } from '../../../src/report/weights/json.js';
import { SERVERS } from './stage.js';

test('weights by address', (t) => {
	const { pool, weights } = JSON.parse(json(SERVERS, 'app'));
	t.is(pool, 'app');
	t.deepEqual(
		weights.map(({ address, state, weight }: { address: string; state: string; weight: number }) => [address, state, weight]),
		[
			['127.0.0.1:8001', 'up', 67],
			['[::1]:8002', 'up', 33],
			['127.0.0.1:8003', 'down', 0],
		],
	);
});
