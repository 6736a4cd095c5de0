import test from 'ava';
import { arrivals } from '../../src/simulator/arrivals.js';
import { scene } from './scenes.js';

test('the same seed, the same users; another seed, others', (t) => {
	const of = scene({ pacing: 'poisson', clients: 4, keys: 10 });
	t.deepEqual(arrivals(of), arrivals(of));
	t.notDeepEqual(arrivals(of), arrivals({ ...of, seed: 1 }));
});

test('as many as rate × duration says, in order, everything in range', (t) => {
	const { count, atMs, work, fate, client, key } = arrivals(scene({ rate: 500, clients: 4, keys: 10 }));
	t.is(count, 5000);
	for (let i = 0; i < count; i++) {
		if (atMs[i] !== i * 2 || work[i]! < 0 || work[i]! >= 1 || fate[i]! >= 1 || client[i]! > 3 || key[i]! > 9) return t.fail(String(i));
	}
	t.is(new Set(client).size, 4);
	t.is(new Set(key).size, 10);
});
