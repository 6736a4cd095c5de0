import type { Cohort, Detector } from './detector.js';
import type { Fields, Values } from './settings.js';

/** One kind of detector as the registry knows it. */
export interface Kind<T, F extends Fields = Fields> {
	kind: string;
	/** One line for help and documentation. */
	summary: string;
	fields: F;
	/** A sentence if these values make no sense together. */
	objection?(values: Values<F>): string | null;
	make(values: Values<F>): T;
}

export const detectorKind = <F extends Fields>(kind: Kind<Detector, F>): Kind<Detector, F> => kind;
export const cohortKind = <F extends Fields>(kind: Kind<Cohort, F>): Kind<Cohort, F> => kind;
