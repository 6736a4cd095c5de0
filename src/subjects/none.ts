import type { NoSubject } from '../model/plan.js';
import type { SubjectKind } from './subject.js';

/** The user's own traffic asks the nodes itself: what fails over is inside it, and nothing is to be started. */
export const none: SubjectKind<NoSubject> = {
	check: async () => ({}),
	start: async () => ({ target: null, notes: [], witness: async () => [], exited: new Promise<string>(() => {}), stop: async () => {} }),
};
