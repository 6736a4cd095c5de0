import type { CommandReplica, CommandSubject, ReadySpec } from '../../model/plan.js';
import { type Tree, time } from './tree.js';

export const command = ({ argv, env, cwd, ready }: CommandReplica | CommandSubject): { [key: string]: Tree } => ({
	command: argv,
	env,
	cwd,
	ready: readyTree(ready),
});

const readyTree = ({ check, withinMs }: ReadySpec): Tree => ({
	...(check.kind === 'http' ? { http: check.path } : check.kind === 'log' ? { log: check.pattern } : { tcp: true }),
	within: time(withinMs),
});
