import type { Act, FaultContext } from '../faults/act.js';
import type { DeploySpec } from '../model/recovery.js';
import type { Routing } from '../model/routing.js';

export interface RecoveryContext extends FaultContext {
	deploy: DeploySpec;
	/** Null: the subject's rotation cannot be changed from outside. */
	routing: Routing | null;
	/** A folder for working copies, absolute; it lives as long as the run. */
	copies: string;
	/** Where commands of a deploy write. */
	logFile: string;
}

/**
 * Mends as faults break: arm → fire → effective (seen by somebody else), and `heal` takes it back. `arm` prepares all
 * that can go wrong before anything is touched, and knows the way back.
 */
export interface RecoveryKindModule {
	arm(context: RecoveryContext): Promise<Act>;
}
export type RecoveryAct = 'restart' | 'redeploy' | 'out' | 'in';
