import type { ClientSpec } from '../model/plan.js';
import type { SubjectKind } from './subject.js';

/** The built-in client lives inside the generator, which writes its attempts as they happen: there is nothing to start, and no log to read. */
export const client: SubjectKind<ClientSpec> = {
	check: async (spec) => ({ policy: spec.policy }),
	start: async () => ({ target: null, notes: [], witness: async () => [], exited: new Promise<string>(() => {}), stop: async () => {} }),
};
