import type { ActionSpec, DeploySpec, RecoverySpec } from '../../model/recovery.js';
import { type Tree, time } from './tree.js';

const deployTree = ({ command, source, run, undo, gate, graceMs, drain }: DeploySpec): { [key: string]: Tree } => ({
	...(command && { command }),
	...(source !== undefined && { source }),
	...(run && { run }),
	...(undo && { undo }),
	probes: gate.probes,
	within: time(gate.withinMs),
	grace: time(graceMs),
	drain,
});

export const recoveryTree = ({ do: kind, detect, limits, deploy, compare }: RecoverySpec): Tree => ({
	do: kind,
	detect: { every: time(detect.everyMs), timeout: time(detect.timeoutMs), fall: detect.fall, rise: detect.rise },
	limits: {
		most: limits.most,
		window: time(limits.windowMs),
		base: time(limits.backoff.baseMs),
		max: time(limits.backoff.maxMs),
		jitter: limits.backoff.jitter,
		stable: time(limits.stableMs),
		hold: time(limits.holdMs),
		share: limits.maxShare,
		together: limits.together,
	},
	...(kind === 'redeploy' && { deploy: deployTree(deploy) }),
	compare,
});

export const actionTree = ({ kind, target, atMs, deploy }: ActionSpec): Tree => ({ kind, target, at: time(atMs), ...deployTree(deploy) });
