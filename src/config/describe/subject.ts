import type { ClientSpec, GrpcJsSpec, Plan, TlsSpec } from '../../model/plan.js';
import { command } from './process.js';
import type { Tree } from './tree.js';

/** Undefined: there is none, as is the default with traffic of one's own. */
export const subject = ({ subject }: Plan): Tree | undefined => {
	if (subject.kind === 'none') return undefined;
	if (subject.kind === 'client') return { client: client(subject) };
	if (subject.kind === 'grpcJs') return { grpcJs: grpcJs(subject) };
	if (subject.kind === 'undici') return { undici: { pool: subject.pool, retry: subject.retry === null ? 'off' : { ...subject.retry }, from: subject.from } };
	const secure = tls(subject.tls);
	if (subject.kind === 'command') return { ...command(subject), ...secure };
	if (subject.kind === 'url') return { url: subject.url, ...secure };
	return { [subject.kind]: subject.config, ...secure };
};

const tls = (spec: TlsSpec | undefined): { tls?: Tree } => (spec ? { tls: { ...spec } } : {});

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
