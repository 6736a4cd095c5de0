import { readFileSync } from 'node:fs';
import test from 'ava';
import { COHORTS, DETECTORS, makeCohort, makeDetector } from '../../src/detectors/index.js';
import { DarumaError } from '../../src/model/errors.js';

const message = (spec: unknown, make: (spec: unknown) => unknown = makeDetector): string => {
	try {
		make(spec);
	} catch (error) {
		if (error instanceof DarumaError && error.code === 'E_DETECTOR' && error.exit === 2) return `${error.message}${error.hint ? ` | ${error.hint}` : ''}`;
		throw error;
	}
	return 'no error';
};

test('what is wrong is said in one message', (t) => {
	for (const [spec, expected] of [
		[{ kind: 'phj' }, 'unknown detector "phj" | did you mean phi?'],
		[{ kind: 'nonsense' }, 'unknown detector "nonsense" | it is one of rise-fall, windowed, load, ttl, phi, phi-exponential, chen, scored'],
		[null, 'a detector must be an object with a kind, one of rise-fall, windowed, load, ttl, phi, phi-exponential, chen, scored'],
		[[], 'a detector must be an object with a kind, one of rise-fall, windowed, load, ttl, phi, phi-exponential, chen, scored'],
		[{ kind: 'rise-fall', fal: 3 }, 'rise-fall: unknown setting "fal" | did you mean fall?'],
		[{ kind: 'rise-fall', __proto__: null, constructor: 3 }, 'rise-fall: unknown setting "constructor" | it knows fall, rise'],
		[{ kind: 'rise-fall', fall: 0 }, 'rise-fall: fall must be a whole number from 1 to 100000, is 0'],
		[{ kind: 'rise-fall', fall: 1.5 }, 'rise-fall: fall must be a whole number from 1 to 100000, is 1.5'],
		[{ kind: 'phi', threshold: Number.NaN }, 'phi: threshold must be a number from 0.1 to 300, is NaN'],
		[{ kind: 'phi', threshold: '8' }, 'phi: threshold must be a number from 0.1 to 300, is "8"'],
		[{ kind: 'phi', learnSuspected: 1 }, 'phi: learnSuspected must be true or false, is 1'],
		[{ kind: 'load', as: 'up' }, 'load: as must be one of warning, down, is "up"'],
		[{ kind: 'load', above: 10 }, 'load: below (80) must not be more than above (10)'],
		[{ kind: 'windowed', failures: 6 }, 'windowed: failures (6) must not be more than of (5)'],
		[{ kind: 'windowed', clear: 3 }, 'windowed: clear (3) must be less than failures (3)'],
		[{ kind: 'scored', verdict: { kind: 'rise-fall' }, measure: 1 }, 'scored: unknown setting "measure" | it knows verdict, score'],
		[
			{ kind: 'scored', verdict: { kind: 'rise-fall' } },
			'a detector must be an object with a kind, one of rise-fall, windowed, load, ttl, phi, phi-exponential, chen',
		],
		[
			{ kind: 'scored', verdict: { kind: 'scored' }, score: { kind: 'phi' } },
			'unknown detector "scored" | it is one of rise-fall, windowed, load, ttl, phi, phi-exponential, chen',
		],
		[{ kind: 'ttl', ttlMs: undefined }, 'no error'],
	] as const)
		t.is(message(spec), expected);
	t.is(message({ kind: 'phi' }, makeCohort), 'unknown cohort "phi" | it is one of outlier, quorum, agreement');
});

test('defaults lie within their own limits', (t) => {
	for (const { kind, fields } of [...DETECTORS, ...COHORTS]) {
		for (const [key, field] of Object.entries(fields)) {
			if (field.type === 'number') t.true(field.default >= field.min && field.default <= field.max, `${kind} ${key}`);
			if (field.type === 'word') t.true(field.words.includes(field.default), `${kind} ${key}`);
			t.true(field.about.length > 10, `${kind} ${key} says what it is`);
		}
	}
});

test('docs/detectors.md has every kind with its settings and their defaults', (t) => {
	const page = readFileSync(new URL('../../../docs/detectors.md', import.meta.url), 'utf8');
	for (const { kind, fields } of [...DETECTORS, ...COHORTS]) {
		const section = page.split(/^### /m).find((part) => part.startsWith(`${kind}\n`)) ?? '';
		for (const [key, field] of Object.entries(fields)) {
			const shown = field.default === Number.MAX_SAFE_INTEGER ? 'unlimited' : field.default;
			t.true(section.includes(`| \`${key}\` | ${shown} | ${field.about} |`), `${kind} ${key}`);
		}
	}
});
