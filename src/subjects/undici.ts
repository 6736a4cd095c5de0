import type { UndiciSpec } from '../model/plan.js';
import { findLibrary } from '../systems/library.js';
import { libraryFacts, libraryWithin } from './library.js';
import type { SubjectKind } from './subject.js';

/** undici lives inside the generator. It is no witness: nobody hears of its tries but the nodes. */
export const undici: SubjectKind<UndiciSpec> = {
	async check(spec) {
		return { ...libraryFacts(findLibrary('undici', spec.from)), pool: spec.pool };
	},
	start: async () => libraryWithin('undici'),
};
