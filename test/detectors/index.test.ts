import test from 'ava';
import type { Heard } from '../../src/detectors/detector.js';
import { COHORTS, DETECTORS, makeCohort, makeDetector } from '../../src/detectors/index.js';
import { rng } from '../../src/model/rng.js';
import { failed, ok } from './samples.js';

const SPECS = [
	...DETECTORS.map(({ kind }) => ({ kind })),
	{ kind: 'windowed', withinMs: 5000 },
	{ kind: 'load', as: 'down' },
	{ kind: 'scored', verdict: { kind: 'ttl', ttlMs: 4000 }, score: { kind: 'chen' } },
	{ kind: 'phi', pauseMs: 0, learnSuspected: true, suspectShare: 0 },
];

/** Anything that can be heard, in an order that is not always time's. */
const anything = (seed: number, n: number): Heard[] => {
	const chance = rng(seed);
	let now = 0;
	return Array.from({ length: n }, () => {
		now += chance.next() * (chance.next() < 0.05 ? 20_000 : 1500);
		const endMs = chance.next() < 0.05 ? now - 500 : now;
		const sentMs = endMs - chance.next() * 900;
		const kind = chance.next();
		const load = chance.next() < 0.5 ? { load: chance.next() * 200 } : {};
		if (kind < 0.6) return { sentMs, endMs, verdict: 'ok', ...load };
		return kind < 0.7 ? { sentMs, endMs, verdict: 'warning', ...load } : { sentMs, endMs, verdict: 'failed', reason: kind < 0.75 ? 'local' : 'reset', ...load };
	});
};

test('through JSON and back: the same detector', (t) => {
	for (const spec of SPECS) {
		const [a, b] = [makeDetector(spec), makeDetector(JSON.parse(JSON.stringify(spec)))];
		for (const sample of anything(3, 200)) {
			a.heard(sample);
			b.heard(JSON.parse(JSON.stringify(sample)));
			t.deepEqual(a.state(sample.endMs), b.state(sample.endMs), spec.kind);
		}
	}
	for (const { kind } of COHORTS) t.is(makeCohort(JSON.parse(JSON.stringify({ kind }))).whole(0).state, 'unknown');
});

test('asking changes nothing, also about the future', (t) => {
	for (const spec of SPECS) {
		const [asked, left] = [makeDetector(spec), makeDetector(spec)];
		for (const sample of anything(4, 200)) {
			asked.heard(sample);
			left.heard(sample);
			for (const later of [0, 100_000, 1e9]) asked.state(sample.endMs + later);
			asked.next?.(sample.endMs);
			t.deepEqual(asked.state(sample.endMs), left.state(sample.endMs), spec.kind);
		}
	}
});

test('between two times that it names, silence changes no state; what it names lies ahead', (t) => {
	for (const spec of SPECS) {
		const detector = makeDetector(spec);
		for (const sample of anything(5, 100)) {
			detector.heard(sample);
			let now = sample.endMs;
			for (let step = 0; step < 20; step++) {
				const next = detector.next?.(now) ?? Number.POSITIVE_INFINITY;
				t.true(next > now, `${spec.kind}: ${next} after ${now}`);
				const { state } = detector.state(now);
				const until = Math.min(next, now + 1e6);
				for (const share of [0.1, 0.5, 0.999]) t.is(detector.state(now + (until - now) * share).state, state, `${spec.kind} between ${now} and ${until}`);
				if (next === Number.POSITIVE_INFINITY) break;
				now = next;
			}
		}
	}
});

test('our own failures change no opinion', (t) => {
	for (const spec of SPECS) {
		const [one, other] = [makeDetector(spec), makeDetector(spec)];
		for (const sample of anything(6, 100)) {
			one.heard(sample);
			other.heard(sample);
			for (let i = 0; i < 5; i++) one.heard({ ...sample, verdict: 'failed', reason: 'local', load: 1e6 });
			t.deepEqual(one.state(sample.endMs + 300), other.state(sample.endMs + 300), spec.kind);
		}
	}
});

test('stopped for 5 s under 1000 healthy endpoints, no kind convicts one of them; without the guard those that hear silence or timeouts would', (t) => {
	const impatient = [
		{ kind: 'rise-fall', fall: 1 },
		{ kind: 'windowed', failures: 1, of: 3 },
		{ kind: 'windowed', failures: 1, withinMs: 3000 },
		{ kind: 'ttl', ttlMs: 2500 },
		{ kind: 'phi', pauseMs: 0 },
		{ kind: 'phi-exponential', threshold: 1 },
		{ kind: 'chen', alphaMs: 1000 },
	];
	const convicted = (spec: { kind: string }, guarded: boolean): number => {
		let down = 0;
		for (let endpoint = 0; endpoint < 1000; endpoint++) {
			const phase = endpoint;
			const detector = makeDetector(spec);
			for (let i = 0; i < 20; i++) detector.heard(ok(phase + i * 1000 + 1));
			// Stopped from 20 000 to 25 000; the question of that second was just on its way, and its deadline passed.
			if (guarded) detector.paused?.(25_000, 5000);
			let wasDown = detector.state(25_000).state === 'down';
			if (phase < 500) detector.heard(failed(25_000, { sentMs: 19_000 + phase + 499, reason: 'answer-timeout' }));
			wasDown ||= detector.state(25_001).state === 'down';
			for (let i = 0; i < 5; i++) {
				detector.heard(ok(25_002 + phase + i * 1000));
				wasDown ||= detector.state(25_002 + phase + i * 1000).state === 'down';
			}
			if (wasDown) down += 1;
		}
		return down;
	};
	for (const spec of impatient) {
		t.is(convicted(spec, true), 0, spec.kind);
		t.true(convicted(spec, false) >= 500, `${spec.kind} without the guard`);
	}
});
