import type { ClientSpec, Plan } from '../../model/plan.js';
import { command } from './process.js';
import type { Tree } from './tree.js';

export const subject = ({ subject }: Plan): Tree => {
	if (subject.kind === 'client') return { client: client(subject) };
	if (subject.kind === 'command') return command(subject);
	return { [subject.kind]: subject.config };
};

const client = ({ kind: _, retry, ejection, slowStart, ...rest }: ClientSpec): Tree => ({
	...rest,
	timeoutMs: rest.timeoutMs ?? 'off',
	deadlineMs: rest.deadlineMs ?? 'off',
	retry: retry === null ? 'off' : { ...retry, budget: retry.budget ?? 'off' },
	ejection: ejection === null ? 'off' : { ...ejection },
	slowStart: slowStart ? { ...slowStart } : 'off',
});
