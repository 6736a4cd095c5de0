import { findMetric } from '../../model/metrics.js';
import type { ClusterSpec, ExperimentSpec, FaultSpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import { certainOverlap } from '../overlap.js';
import { quote, type Reader } from '../reader.js';
import type { FaultInFile } from '../schema/fault.js';
import type { File } from '../schema/index.js';
import { resolveAction, resolveRecovery } from './recovery.js';

export const resolveExperiments = (file: File, reader: Reader, cluster: ClusterSpec, folder: string): ExperimentSpec[] => {
	const names = new Set<string>();
	const { replicas } = cluster;
	return file.experiments.flatMap((experiment): ExperimentSpec[] => {
		const inFile = experiment.fault ?? [];
		const faults = inFile.map((each) => resolveFault(each, reader, replicas));
		const actions = experiment.action?.map((each) => resolveAction(each, reader, cluster, folder)) ?? [];
		const wanted = experiment.recovery === undefined ? file.recovery : experiment.recovery;
		// An experiment without a fault has nothing to mend unless it says so itself.
		const recovery = wanted && (faults.length > 0 || experiment.recovery) ? resolveRecovery(wanted, reader, cluster, folder) : null;
		const clash = certainOverlap(faults, replicas);
		if (clash) throw reader.wrongKey(inFile[clash.second]!, 'at', 'one fault at a time on each node', clash.text, 'move it with `at`, or shorten `for`');
		const name = experiment.name ?? nameOf([...faults, ...actions]);
		if (names.has(name)) throw reader.wrongKey(experiment, 'name', 'a name of its own', `${quote(name)} a second time`);
		names.add(name);
		const spec: ExperimentSpec = {
			name,
			faults,
			baselineMs: experiment.baseline ?? defaults.BASELINE_MS,
			afterMs: experiment.after ?? defaults.AFTER_MS,
			repeat: experiment.repeat ?? 1,
			expect: experiment.expect
				? Object.entries(experiment.expect).map(([typed, bound]) => ({ name: typed, metric: findMetric(typed)!.name, bound }))
				: faults.length > 0
					? defaults.expectations()
					: [],
			allow: experiment.allow ?? [],
			line: reader.lineOfValue(experiment),
			...(actions.length > 0 && { actions }),
			...(recovery && { recovery }),
		};
		return recovery?.compare ? [spec, controlOf(spec)] : [spec];
	});
};

/** The same without recovery: it is there to be compared with, and nothing is expected of it. */
export const controlOf = ({ recovery: _, ...spec }: ExperimentSpec): ExperimentSpec => ({
	...spec,
	name: `${spec.name}, without recovery`,
	expect: [],
	controlOf: spec.name,
});

/** `kill one`, `freeze n2 + delay all` */
export const nameOf = (happenings: readonly { kind: string; target: string }[]): string =>
	happenings.map(({ kind, target }) => `${kind} ${target}`).join(' + ');

export const resolveFault = (given: FaultInFile, reader: Reader, replicas: number): FaultSpec => {
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
		...given.status,
		...(given.methods !== undefined && { methods: given.methods }),
	};
};
