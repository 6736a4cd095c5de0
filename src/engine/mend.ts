import type { ClusterNode } from '../cluster/cluster.js';
import type { Custody } from '../custody/custody.js';
import type { Clock } from '../model/clock.js';
import type { Event, RecoveryEvent } from '../model/event.js';
import type { DeploySpec } from '../model/recovery.js';
import type { Routing } from '../model/routing.js';
import type { RecoveryAct } from '../recovery/act.js';
import { RECOVERIES } from '../recovery/index.js';
import type { Progress } from './progress.js';

export interface MendNeeds {
	custody: Custody;
	clock: Clock;
	seed: number;
	probePath: string;
	probeProtocol?: 'http' | 'grpc';
	routing: Routing | null;
	copies: string;
	logFile: string;
	experiment: number;
	record(event: Event): void;
	onProgress(progress: Progress): void;
}

export interface Mending {
	act: RecoveryAct;
	node: ClusterNode;
	deploy: DeploySpec;
	by: NonNullable<RecoveryEvent['by']>;
	attempt?: number;
}

const oneLine = (error: unknown): string => ((error as Error).message ?? String(error)).split('\n')[0] as string;

/**
 * One recovery from arm to verified, each end of it in the history; true if the node is well as it was meant to be. What
 * fails is taken back where there is a way back, and that is an event of its own. Never rejects.
 */
export const mend = async (mending: Mending, needs: MendNeeds): Promise<boolean> => {
	const { act: kind, node, deploy, by, attempt } = mending;
	const { clock, experiment } = needs;
	const tell = (action: string, t: number, ok: boolean, more: { seenBy?: string; detail?: string } = {}): void => {
		needs.record({
			kind: 'recovery',
			t,
			endMs: clock.now(),
			experiment,
			action,
			target: node.name,
			ok,
			by,
			...(attempt === undefined ? {} : { attempt }),
			...more,
		});
		needs.onProgress({ kind: 'recovery', action, target: node.name, ok, ...(more.detail === undefined ? {} : { detail: more.detail }) });
	};
	const beganMs = clock.now();
	needs.onProgress({ kind: 'recovery', action: kind, target: node.name, ok: null });
	let heal: (() => Promise<{ by: string; detail: string }>) | null = null;
	try {
		const module = await RECOVERIES[kind]();
		const act = await module.arm({ node, deploy, ...needs });
		heal = act.heal;
		await act.fire();
		const seen = await act.effective(deploy.gate.withinMs);
		tell(kind, beganMs, true, { seenBy: seen.by, detail: seen.detail });
		return true;
	} catch (error) {
		tell(kind, beganMs, false, { detail: oneLine(error) });
	}
	// A restart has no version to go back to, and a node that could not be turned is turned back by its next try.
	if (kind !== 'redeploy' || heal === null) return false;
	const backMs = clock.now();
	try {
		const seen = await heal();
		tell('rollback', backMs, true, { seenBy: seen.by, detail: seen.detail });
	} catch (error) {
		tell('rollback', backMs, false, { detail: oneLine(error) });
	}
	return false;
};
