import { RECOVERY_KINDS } from '../../model/recovery.js';
import { duration, flag, integer, share, text } from '../scalars.js';
import { object, optional, orOff, type ReadOf, required, word } from '../shape.js';
import { target } from './fault.js';
import { argv } from './process.js';

export const deployFields = {
	command: optional(argv, 'the new command line of the replica, a template; as before if absent'),
	source: optional(text('a folder'), 'each node runs in a fresh copy of this folder'),
	run: optional(argv, 'runs to its end for each node, before it is started again; {node} {port} {dir} are filled'),
	undo: optional(argv, 'the same, when the new version did not get healthy'),
	probes: optional(integer(1, 1000), 'good answers in a row that make a new process healthy'),
	within: optional(duration(1), 'how long that may take, after it is ready'),
	grace: optional(duration(0), 'from SIGTERM to SIGKILL'),
	drain: optional(flag, 'take the node out of the rotation meanwhile, where the subject can'),
};

export const recovery = object({
	do: required(word(RECOVERY_KINDS), 'what is done to a node that is down'),
	detect: optional(
		object({
			every: optional(duration(10), 'between two questions to a node'),
			timeout: optional(duration(1), 'for one answer'),
			fall: optional(integer(1, 1000), 'failures in a row that make it down'),
			rise: optional(integer(1, 1000), 'good answers in a row that make it up'),
		}),
		'who finds out',
	),
	limits: optional(
		object({
			most: optional(integer(1, 10_000), 'actions at one node within the window; then it is given up'),
			window: optional(duration(1), 'the window of most'),
			base: optional(duration(0), 'back-off before the second try'),
			max: optional(duration(0), 'longest back-off'),
			jitter: optional(word(['none', 'full', 'equal', 'decorrelated']), 'of the back-off'),
			stable: optional(duration(0), 'up for so long: the past is forgotten'),
			hold: optional(duration(0), 'after a success, nothing is done for so long'),
			share: optional(share, 'of the nodes that may be worked on, or out, at once; one may always'),
			together: optional(integer(1, 1000), 'actions at the same time'),
		}),
		'how much may be done, and how soon',
	),
	deploy: optional(object(deployFields), 'what a redeploy puts in place'),
	compare: optional(flag, 'run the experiment without recovery, too, with the same draws'),
});
export const recoveryOrOff = orOff(recovery);

export const action = object({
	kind: required(word(['redeploy', 'restart']), 'what is done to each target, one after another'),
	target: optional(target, 'which nodes'),
	at: optional(duration(0), "after the baseline's end"),
	...deployFields,
});
export type RecoveryInFile = ReturnType<typeof recovery.read>;
export type ActionInFile = ReturnType<typeof action.read>;
export type DeployInFile = ReadOf<typeof deployFields>;
