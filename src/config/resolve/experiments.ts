import { findMetric } from '../../model/metrics.js';
import type { Expectation, ExperimentSpec, FaultSpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import { certainOverlap } from '../overlap.js';
import { quote, type Reader } from '../reader.js';
import type { FaultInFile } from '../schema/fault.js';
import type { File } from '../schema/index.js';

export const resolveExperiments = (given: File['experiments'], reader: Reader, replicas: number, byDefault: () => Expectation[]): ExperimentSpec[] => {
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
				: byDefault(),
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
