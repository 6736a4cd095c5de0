import test from 'ava';
import { makeDetector } from '../../src/detectors/index.js';
import { parseDetectorSpec } from '../../src/detectors/spec.js';

test('a detector as people write it', (t) => {
	for (const [typed, spec] of [
		['phi', { kind: 'phi' }],
		['phi threshold=8', { kind: 'phi', threshold: 8 }],
		[' phi threshold=8,pauseMs=3s  learnSuspected=true ', { kind: 'phi', threshold: 8, pauseMs: 3000, learnSuspected: true }],
		['load as=down above=90', { kind: 'load', as: 'down', above: 90 }],
		['{"kind":"scored","verdict":{"kind":"rise-fall"},"score":{"kind":"phi"}}', { kind: 'scored', verdict: { kind: 'rise-fall' }, score: { kind: 'phi' } }],
	] as const) {
		t.deepEqual(parseDetectorSpec(typed) as unknown, spec);
		t.notThrows(() => makeDetector(parseDetectorSpec(typed)));
	}
	for (const typed of ['phi 8', 'phi threshold', '{"kind":', 'phi __proto__=1']) t.throws(() => parseDetectorSpec(typed), { code: 'E_DETECTOR' }, typed);
	for (const typed of ['', 'ph', 'phi treshold=8', 'phi threshold=high', '[]'])
		t.throws(() => makeDetector(parseDetectorSpec(typed)), { code: 'E_DETECTOR' }, typed);
});
