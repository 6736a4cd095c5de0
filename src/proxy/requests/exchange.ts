import type { RequestPlan } from './plan.js';

/** One request, from its head until its answer has passed. */
export interface Exchange {
	readonly method: string;
	/** The connection lives on after it, if it is answered here. */
	readonly keepAlive: boolean;
	readonly expectsContinue: boolean;
	/** It has heard a 100 from here: the upstream's is one too many. */
	continued: boolean;
	/** Null until it is decided. */
	plan: RequestPlan | null;
	/** Something of it is with the upstream. */
	passed: boolean;
	/** It has been read to its end. */
	complete: boolean;
}

/** The upstream never sees it. */
export const endsHere = ({ plan }: Exchange): boolean => plan?.answer !== undefined || plan?.reset === 'read';
/** Whatever the upstream says to it, the client does not hear. */
export const unheard = ({ plan }: Exchange): boolean => plan?.hang === true || plan?.reset !== undefined;
