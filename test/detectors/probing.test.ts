import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { type ProbingSpec, probingQuality } from '../../src/detectors/probing.js';
import { rng } from '../../src/model/rng.js';

const spec: ProbingSpec = {
	intervalMs: 2000,
	fastMs: 2000,
	downMs: 2000,
	timeoutMs: 500,
	latencyMs: 1,
	loss: 0.1,
	crash: 'refused',
	questions: 200_000,
	crashes: 2000,
};
const riseFall = () => makeDetector({ kind: 'rise-fall' });

test('fastinter: T_D ≤ inter + 2 × fastinter, with the same mistakes', (t) => {
	for (const crash of ['refused', 'silent'] as const) {
		const known = crash === 'refused' ? spec.latencyMs : spec.timeoutMs;
		const plain = probingQuality(riseFall, { ...spec, crash }, rng(3));
		const fast = probingQuality(riseFall, { ...spec, crash, fastMs: 500 }, rng(3));
		t.true(plain.detectMs.max! <= 3 * 2000 + known && plain.detectMs.max! > 5900);
		t.true(fast.detectMs.max! <= 2000 + 2 * 500 + known && fast.detectMs.max! > 2900, `${crash} ${fast.detectMs.max}`);
		t.true(fast.detectMs.mean! < plain.detectMs.mean! / 2);
		// Each question has the same chance in both, and only the order of the answers decides.
		t.is(fast.mistakes, plain.mistakes);
		t.true(plain.mistakes > 100);
		t.true(fast.mistakeMs! < plain.mistakeMs! && fast.accuracy > plain.accuracy, 'and they last less long');
	}
});

test('at the same T_D, fastinter makes about half the mistakes of asking more often, at about half the cost', (t) => {
	const fast = probingQuality(riseFall, { ...spec, fastMs: 500 }, rng(4));
	const often = probingQuality(riseFall, { ...spec, intervalMs: 1000, fastMs: 1000, downMs: 1000 }, rng(4));
	t.true(Math.abs(fast.detectMs.max! - often.detectMs.max!) < 10);
	t.true(fast.mistakesPerHour < 0.6 * often.mistakesPerHour);
	t.true(fast.questionsPerHour < 0.6 * often.questionsPerHour);
});

test('a certain answer is never mistaken; a dead endpoint is asked at its own pace', (t) => {
	const calm = probingQuality(riseFall, { ...spec, loss: 0, questions: 1000, crashes: 10 }, rng(5));
	t.deepEqual([calm.mistakes, calm.accuracy, Math.round(calm.questionsPerHour)], [0, 1, 1802]);
});
