import { formatDuration } from '../model/duration.js';
import type { ClientSpec, CommandReplica, CommandSubject, ExperimentSpec, FaultSpec, Plan, ReadySpec } from '../model/plan.js';

type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree };

/** The resolved plan as a daruma.yaml of its own, defaults and all: saved, it gives the same plan again. */
export const describePlan = (plan: Plan): string => {
	const head = [
		`# ${plan.file === null ? (plan.demo ? 'the demo' : 'no file') : oneLine(plan.file)}: the resolved plan; nothing has been started`,
		...plan.experiments.map((experiment) => `# ${oneLine(experiment.name)}: ${timeline(experiment)}`),
	];
	return `${head.join('\n')}\n${emit(tree(plan), 0)}\n`;
};

/** Traffic only, without start, drain and stop. */
export const trafficMs = (experiment: ExperimentSpec): number =>
	experiment.baselineMs + Math.max(...experiment.faults.map((fault) => fault.atMs + fault.forMs)) + experiment.afterMs;

const timeline = (experiment: ExperimentSpec): string => {
	const faults = experiment.faults.map((fault) => {
		const from = experiment.baselineMs + fault.atMs;
		return `${fault.kind} ${fault.target} ${formatDuration(from)}-${formatDuration(from + fault.forMs)}`;
	});
	const times = experiment.repeat > 1 ? `, ${experiment.repeat} times` : '';
	return `${faults.join(', ')}, traffic until ${formatDuration(trafficMs(experiment))}${times}`;
};

const tree = (plan: Plan): Tree => ({
	version: 1,
	seed: plan.seed,
	cluster: {
		replicas: plan.cluster.replicas,
		...(plan.cluster.replica.kind === 'http'
			? { builtin: { http: { serviceMs: plan.cluster.replica.serviceMs, ...(plan.cluster.replica.mesh && { mesh: true }) } } }
			: command(plan.cluster.replica)),
	},
	subject: subject(plan),
	traffic: {
		rate: `${plan.traffic.rate}/s`,
		pacing: plan.traffic.pacing,
		timeout: time(plan.traffic.timeoutMs),
		connections: plan.traffic.connections,
		mix: plan.traffic.mix.map(({ headers, body, ok, ...entry }) => ({
			...entry,
			...(Object.keys(headers).length > 0 && { headers }),
			ok: `status ${ok.op} ${ok.status}`,
			...(body !== null && { body }),
		})),
	},
	experiments: plan.experiments.map(experimentTree),
});

const subject = ({ subject }: Plan): Tree => {
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

const command = ({ argv, env, cwd, ready }: CommandReplica | CommandSubject): { [key: string]: Tree } => ({ command: argv, env, cwd, ready: readyTree(ready) });

const readyTree = ({ check, withinMs }: ReadySpec): Tree => ({
	...(check.kind === 'http' ? { http: check.path } : check.kind === 'log' ? { log: check.pattern } : { tcp: true }),
	within: time(withinMs),
});

const experimentTree = (experiment: ExperimentSpec): Tree => ({
	name: experiment.name,
	fault: experiment.faults.map(faultTree),
	baseline: time(experiment.baselineMs),
	after: time(experiment.afterMs),
	repeat: experiment.repeat,
	...(experiment.expect.length > 0 && { expect: Object.fromEntries(experiment.expect.map(({ name, bound }) => [name, bound.text])) }),
	...(experiment.allow.length > 0 && { allow: experiment.allow }),
});

const faultTree = ({ kind, target, atMs, forMs, latencyMs, jitterMs, methods, ...rest }: FaultSpec): Tree => ({
	kind,
	target,
	at: time(atMs),
	for: time(forMs),
	...(latencyMs !== undefined && { latency: time(latencyMs) }),
	...(jitterMs !== undefined && { jitter: time(jitterMs) }),
	...rest,
	...(methods && methods.length > 0 && { methods }),
});

/** Exact, where {@link formatDuration} rounds for people. */
const time = (ms: number): string => (ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);

const oneLine = (text: string): string => text.replace(/\p{Cc}/gu, ' ');

/** What YAML 1.2 reads as text without quotes: words, paths, times and rates. */
const PLAIN = /^(?:[A-Za-z/][\w./-]*(?: [\w./-]+)*|\d+(?:\.\d+)?(?:ms|s|\/s))$/;
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const leaf = (value: string | number | boolean | null): string =>
	typeof value === 'string' && (value === 'off' || (PLAIN.test(value) && !WORDS.test(value))) ? value : JSON.stringify(value);

const isTree = (value: Tree): value is Tree[] | { [key: string]: Tree } => typeof value === 'object' && value !== null;
const flat = (value: Tree): boolean => !isTree(value) || (Array.isArray(value) ? value.every((each) => !isTree(each)) : Object.keys(value).length === 0);

/** Block style for maps and lists of maps, flow style for lists of single values. */
const emit = (value: Tree, depth: number): string => {
	const indent = '  '.repeat(depth);
	if (!isTree(value)) return `${indent}${leaf(value)}`;
	if (Array.isArray(value)) return value.map((each) => `${indent}- ${emit(each, depth + 1).trimStart()}`).join('\n');
	return Object.entries(value)
		.map(([key, each]) => {
			const name = PLAIN.test(key) && !WORDS.test(key) ? key : JSON.stringify(key);
			return flat(each) ? `${indent}${name}: ${flow(each)}` : `${indent}${name}:\n${emit(each, depth + 1)}`;
		})
		.join('\n');
};
const flow = (value: Tree): string => {
	if (!isTree(value)) return leaf(value);
	return Array.isArray(value) ? `[${value.map((each) => JSON.stringify(each)).join(', ')}]` : '{}';
};
