import { nearest } from '../model/nearest.js';
import { agreement } from './agreement.js';
import { chen } from './chen.js';
import type { Cohort, Detector } from './detector.js';
import type { Kind } from './kind.js';
import { load } from './load.js';
import { outlier } from './outlier.js';
import { phi } from './phi.js';
import { phiExponential } from './phi-exponential.js';
import { quorum } from './quorum.js';
import { riseFall } from './rise-fall.js';
import { scored } from './scored.js';
import { type Fields, readSettings, wrong } from './settings.js';
import { ttl } from './ttl.js';
import { windowed } from './windowed.js';

/** What each kind was given is lost to the type here: {@link build} hands it only what it read by the kind's own fields. */
const kindOf = <T, F extends Fields>(kind: Kind<T, F>): Kind<T> => kind as unknown as Kind<T>;

/** Pure and small, so loaded at once. One more: one file, one line here, one test of the same name. */
export const DETECTORS: readonly Kind<Detector>[] = [
	kindOf(riseFall),
	kindOf(windowed),
	kindOf(load),
	kindOf(ttl),
	kindOf(phi),
	kindOf(phiExponential),
	kindOf(chen),
];
export const COHORTS: readonly Kind<Cohort>[] = [kindOf(outlier), kindOf(quorum), kindOf(agreement)];

/** A detector as data: `{kind: 'phi', threshold: 8}`; settings left out have their defaults. Durations are numbers of ms. */
export interface DetectorSpec {
	kind: string;
	/** Of the kind `scored`: one detector decides, the other gives the score. */
	verdict?: DetectorSpec;
	score?: DetectorSpec;
	[setting: string]: unknown;
}
export interface CohortSpec {
	kind: string;
	[setting: string]: unknown;
}

const isObject = (data: unknown): data is Record<string, unknown> => typeof data === 'object' && data !== null && !Array.isArray(data);

const build = <T>(data: unknown, kinds: readonly Kind<T>[], more: readonly string[], what: string): T => {
	const names = [...kinds.map(({ kind }) => kind), ...more];
	if (!isObject(data) || typeof data.kind !== 'string') throw wrong(`a ${what} must be an object with a kind, one of ${names.join(', ')}`);
	const kind = kinds.find((known) => known.kind === data.kind);
	if (!kind) {
		const near = nearest(data.kind, names);
		throw wrong(`unknown ${what} ${JSON.stringify(data.kind)}`, near ? `did you mean ${near}?` : `it is one of ${names.join(', ')}`);
	}
	const values = readSettings(kind.kind, data, kind.fields);
	const objection = kind.objection?.(values) ?? null;
	if (objection !== null) throw wrong(`${kind.kind}: ${objection}`);
	return kind.make(values);
};

/** A fresh detector for one endpoint. @throws {DarumaError} E_DETECTOR: an unknown kind or setting, or a value that does not fit. */
export const makeDetector = (spec: unknown): Detector => {
	if (!isObject(spec) || spec.kind !== 'scored') return build(spec, DETECTORS, ['scored'], 'detector');
	for (const key of Object.keys(spec)) {
		if (!['kind', 'verdict', 'score'].includes(key)) throw wrong(`scored: unknown setting ${JSON.stringify(key)}`, 'it knows verdict, score');
	}
	// One within the other would have nothing to add, and data from outside could nest without end.
	return scored(build(spec.verdict, DETECTORS, [], 'detector'), build(spec.score, DETECTORS, [], 'detector'));
};

/** A fresh cohort. @throws {DarumaError} E_DETECTOR, as {@link makeDetector}. */
export const makeCohort = (spec: unknown): Cohort => build(spec, COHORTS, [], 'cohort');
