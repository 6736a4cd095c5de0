import type { RecoveryAct, RecoveryKindModule } from './act.js';

/** One more way to mend: one file, one line here, one test of the same name. */
export const RECOVERIES: Record<RecoveryAct, () => Promise<RecoveryKindModule>> = {
	restart: async () => (await import('./restart.js')).restart,
	redeploy: async () => (await import('./redeploy.js')).redeploy,
	out: async () => (await import('./failover.js')).out,
	in: async () => (await import('./failover.js')).bringIn,
};
