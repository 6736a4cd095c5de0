import { isAbsolute, resolve as resolvePath } from 'node:path';
import { findMetric } from '../model/metrics.js';
import type { ClientSpec, ClusterSpec, ExperimentSpec, FaultSpec, MixEntry, Plan, ReadySpec, RetrySpec, SubjectSpec } from '../model/plan.js';
import * as defaults from './defaults.js';
import { certainOverlap } from './overlap.js';
import { quote, type Reader } from './reader.js';
import type { FaultInFile, File, ProcessInFile } from './schema.js';

/** A file that was read → a plan in which nothing is left open. Paths count from the file's folder. */
export const resolve = (file: File, reader: Reader, folder: string, seed: number): Plan => {
	const cluster = resolveCluster(file.cluster, folder);
	return {
		version: 1,
		file: reader.file,
		seed: file.seed ?? seed,
		demo: false,
		cluster,
		subject: resolveSubject(file.subject, reader, folder, cluster.replicas),
		traffic: resolveTraffic(file.traffic, reader),
		experiments: resolveExperiments(file.experiments, reader, cluster.replicas),
	};
};

const resolveCluster = (given: File['cluster'], folder: string): ClusterSpec => ({
	replicas: given?.replicas ?? defaults.REPLICAS,
	replica: given?.command
		? { kind: 'command', argv: given.command, ...resolveProcess(given, folder) }
		: {
				...defaults.replica(),
				...(given?.builtin?.http.serviceMs !== undefined && { serviceMs: given.builtin.http.serviceMs }),
				...(given?.builtin?.http.mesh && { mesh: true }),
			},
	tap: true,
});

const resolveProcess = (given: ProcessInFile, folder: string): { env: Record<string, string>; cwd: string; ready: ReadySpec } => ({
	env: given.env ?? {},
	cwd: resolvePath(folder, given.cwd ?? '.'),
	ready: resolveReady(given.ready),
});

const resolveReady = (given: ProcessInFile['ready']): ReadySpec => {
	const byDefault = defaults.ready();
	const withinMs = given?.within ?? byDefault.withinMs;
	if (given?.http) return { check: { kind: 'http', path: given.http }, withinMs };
	if (given?.log) return { check: { kind: 'log', pattern: given.log }, withinMs };
	return { check: { kind: 'tcp' }, withinMs };
};

/** `default`, or the absolute path of a template. */
export const configPath = (written: string, folder: string): string =>
	written === 'default' ? written : isAbsolute(written) ? written : resolvePath(folder, written);

const resolveSubject = (given: File['subject'], reader: Reader, folder: string, replicas: number): SubjectSpec => {
	if (given?.nginx) return { kind: 'nginx', config: configPath(given.nginx, folder) };
	if (given?.haproxy) return { kind: 'haproxy', config: configPath(given.haproxy, folder) };
	if (given?.command) return { kind: 'command', argv: given.command, ...resolveProcess(given, folder) };
	const client = given?.client;
	const made: ClientSpec = defaults.client();
	if (!client) return made;
	for (const node of Object.keys(client.weights ?? {})) {
		if (Number(node.slice(1)) > replicas) throw reader.wrongKey(client.weights!, node, `a node from n1 to n${replicas}`, node);
	}
	const { retry, ejection, slowStart, ...rest } = client;
	return {
		...made,
		...rest,
		retry: retry === null ? null : { ...(made.retry as RetrySpec), ...retry, budget: resolveBudget(retry?.budget) },
		ejection: ejection === null ? null : { ...defaults.ejection(), ...ejection },
		slowStart: slowStart ? { ...defaults.slowStart(), ...slowStart } : null,
	};
};

const resolveBudget = (given: Partial<NonNullable<RetrySpec['budget']>> | null | undefined): RetrySpec['budget'] =>
	given === null ? null : { ...(defaults.retry().budget as NonNullable<RetrySpec['budget']>), ...given };

const resolveTraffic = (given: File['traffic'], reader: Reader): Plan['traffic'] => {
	const made = defaults.traffic();
	return {
		rate: given?.rate ?? made.rate,
		pacing: given?.pacing ?? made.pacing,
		timeoutMs: given?.timeout ?? made.timeoutMs,
		connections: given?.connections ?? made.connections,
		mix:
			given?.mix?.map((entry): MixEntry => {
				if (entry.body !== undefined && (entry.method === 'TRACE' || entry.method === 'HEAD')) {
					throw reader.wrongKey(entry, 'body', `no body with ${entry.method}`, quote(entry.body));
				}
				return { ...defaults.mixEntry(entry.method, entry.path), ...entry };
			}) ?? made.mix,
	};
};

const resolveExperiments = (given: File['experiments'], reader: Reader, replicas: number): ExperimentSpec[] => {
	const names = new Set<string>();
	return given.map((experiment): ExperimentSpec => {
		const faults = experiment.fault.map((each) => resolveFault(each, reader, replicas));
		const clash = certainOverlap(faults, replicas);
		if (clash)
			throw reader.wrongKey(experiment.fault[clash.second]!, 'at', 'one fault at a time on each node', clash.text, 'move it with `at`, or shorten `for`');
		const name = experiment.name ?? nameOf(faults);
		if (names.has(name)) throw reader.wrongKey(experiment, 'name', 'a name of its own', `${quote(name)} a second time`);
		names.add(name);
		return {
			name,
			faults,
			baselineMs: experiment.baseline ?? defaults.BASELINE_MS,
			afterMs: experiment.after ?? defaults.AFTER_MS,
			repeat: experiment.repeat ?? 1,
			expect: experiment.expect
				? Object.entries(experiment.expect).map(([typed, bound]) => ({ name: typed, metric: findMetric(typed)!.name, bound }))
				: defaults.expectations(),
			allow: experiment.allow ?? [],
			line: reader.lineOfValue(experiment),
		};
	});
};

/** `kill one`, `freeze n2 + delay all` */
export const nameOf = (faults: readonly FaultSpec[]): string => faults.map((fault) => `${fault.kind} ${fault.target}`).join(' + ');

const resolveFault = (given: FaultInFile, reader: Reader, replicas: number): FaultSpec => {
	const target = given.target ?? 'one';
	if (/^n\d+$/.test(target) && Number(target.slice(1)) > replicas) {
		throw reader.wrongKey(given, 'target', `a node from n1 to n${replicas}, or one, minority, half, majority, all`, quote(target));
	}
	const made = defaults.fault(given.kind);
	return {
		...made,
		target,
		atMs: given.at ?? made.atMs,
		forMs: given.for ?? made.forMs,
		...(given.latency !== undefined && { latencyMs: given.latency }),
		...(given.jitter !== undefined && { jitterMs: given.jitter }),
		...(given.share !== undefined && { share: given.share }),
		...(given.unit !== undefined && { unit: given.unit }),
		...(given.status !== undefined && { status: given.status }),
		...(given.methods !== undefined && { methods: given.methods }),
	};
};
