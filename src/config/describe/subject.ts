import type { ClientSpec, GrpcJsSpec, Plan } from '../../model/plan.js';
import { command } from './process.js';
import type { Tree } from './tree.js';

export const subject = ({ subject }: Plan): Tree => {
	if (subject.kind === 'client') return { client: client(subject) };
	if (subject.kind === 'command') return command(subject);
	if (subject.kind === 'grpcJs') return { grpcJs: grpcJs(subject) };
	if (subject.kind === 'undici') return { undici: { pool: subject.pool, retry: subject.retry === null ? 'off' : { ...subject.retry }, from: subject.from } };
	return { [subject.kind]: subject.config };
};

const grpcJs = ({ policy, retry, keepalive, config, from }: GrpcJsSpec): Tree => ({
	...(config === null ? { policy, retry: retry === null ? 'off' : { ...retry } } : { config: config as Tree }),
	keepalive: keepalive === null ? 'off' : { ...keepalive },
	from,
});

const client = ({ kind: _, retry, ejection, slowStart, ...rest }: ClientSpec): Tree => ({
	...rest,
	timeoutMs: rest.timeoutMs ?? 'off',
	deadlineMs: rest.deadlineMs ?? 'off',
	retry: retry === null ? 'off' : { ...retry, budget: retry.budget ?? 'off' },
	ejection: ejection === null ? 'off' : { ...ejection },
	slowStart: slowStart ? { ...slowStart } : 'off',
});
