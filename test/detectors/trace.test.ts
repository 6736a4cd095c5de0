import test from 'ava';
import { heartbeats, REFERENCE_TRACE } from '../../src/detectors/trace.js';
import { rng } from '../../src/model/rng.js';

const spec = { ...REFERENCE_TRACE, beats: 60_000 };

test('losses, stalls and delays come as often as asked, in order', (t) => {
	const { arrivals, ordinary } = heartbeats(spec, rng(2));
	let [lost, stalled, latest] = [0, 0, 0];
	const delays: number[] = [];
	arrivals.forEach((at, i) => {
		if (at === Number.POSITIVE_INFINITY) lost += 1;
		else {
			if (at < latest) t.fail(`beat ${i} overtook`);
			latest = at;
			if (at - i * 1000 > 1400) stalled += 1;
			if (ordinary[i] === 1) delays.push(at - i * 1000);
		}
	});
	// Five standard deviations.
	t.true(Math.abs(lost - 600) < 125, `${lost} lost`);
	t.true(Math.abs(stalled - 100) < 50, `${stalled} stalled`);
	delays.sort((a, b) => a - b);
	const at = (share: number): number => delays[Math.floor(share * delays.length)]!;
	t.true(Math.abs(at(0.5) - 20) < 0.3, 'the median');
	t.true(Math.abs(Math.log(at(0.8413) / 20) - 0.4) < 0.02, 'one sigma');
});

test('the same seed, the same trace; another share changes only what it is about', (t) => {
	const [a, b] = [heartbeats(spec, rng(1)), heartbeats(spec, rng(1))];
	t.deepEqual(a.arrivals, b.arrivals);
	t.notDeepEqual(a.arrivals, heartbeats(spec, rng(2)).arrivals);
	const lossless = heartbeats({ ...spec, loss: 0 }, rng(1));
	const same = a.arrivals.filter((at, i) => at === lossless.arrivals[i]).length;
	t.true(same > 58_000 && same < 60_000);
});
