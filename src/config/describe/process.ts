import type { CommandReplica, CommandSubject, ReadySpec } from '../../model/plan.js';
import { type Tree, time } from './tree.js';

export const command = ({ argv, env, cwd, ready }: CommandReplica | CommandSubject): { [key: string]: Tree } => ({
	command: argv,
	env,
	cwd,
	ready: readyTree(ready),
});

const checkTree = (check: ReadySpec['check']): { [key: string]: Tree } => {
	if (check.kind === 'http') return { http: check.path };
	if (check.kind === 'grpc') return { grpc: check.service === '' ? true : check.service };
	return check.kind === 'log' ? { log: check.pattern } : { tcp: true };
};

const readyTree = ({ check, withinMs }: ReadySpec): Tree => ({
	...checkTree(check),
	within: time(withinMs),
});
