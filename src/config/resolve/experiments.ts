import { type Clash, type Occurrence, timeline } from '../../faults/timeline.js';
import { formatDuration } from '../../model/duration.js';
import { findMetric } from '../../model/metrics.js';
import type { ClusterSpec, Expectation, ExperimentSpec, FaultSpec } from '../../model/plan.js';
import { rng } from '../../model/rng.js';
import * as defaults from '../defaults.js';
import { quote, type Reader } from '../reader.js';
import { type FaultInFile, TARGETS } from '../schema/fault.js';
import type { File } from '../schema/index.js';
import { resolveAction, resolveRecovery } from './recovery.js';

/** `byDefault`: what is expected where nothing is said. */
export const resolveExperiments = (file: File, reader: Reader, cluster: ClusterSpec, folder: string, byDefault: () => Expectation[]): ExperimentSpec[] => {
	const names = new Set<string>();
	const { replicas } = cluster;
	return file.experiments.flatMap((experiment): ExperimentSpec[] => {
		const inFile = experiment.fault ?? [];
		const faults = inFile.map((each) => resolveFault(each, reader, replicas));
		const actions = experiment.action?.map((each) => resolveAction(each, reader, cluster, folder)) ?? [];
		const wanted = experiment.recovery === undefined ? file.recovery : experiment.recovery;
		// An experiment without a fault has nothing to mend unless it says so itself.
		const recovery = wanted && (faults.length > 0 || experiment.recovery) ? resolveRecovery(wanted, reader, cluster, folder) : null;
		const found = layOut(faults, replicas);
		if ('text' in found) throw reader.wrongKey(inFile[found.fault]!, 'at', 'faults that can be had together at their nodes', found.text, found.hint);
		const leaderless = cluster.leader ? undefined : inFile.find((each) => each.target === 'leader');
		if (leaderless) throw reader.wrongKey(leaderless, 'target', 'cluster.leader, which says how to find the leader', 'none');
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
					? byDefault()
					: [],
			...(experiment.halt && { halt: experiment.halt }),
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
export const nameOf = (happenings: readonly ({ kind: string; target: string } & Pick<FaultSpec, 'flap' | 'roll'>)[]): string =>
	happenings.map(({ kind, target, roll, flap }) => `${kind} ${target}${roll ? ' in turn' : flap ? ' again and again' : ''}`).join(' + ');

/** What chance decides does not matter here: there is room for the targets, or there is none. */
const layOut = (faults: readonly FaultSpec[], replicas: number): Occurrence[] | Clash => {
	const names = Array.from({ length: replicas }, (_, i) => `n${i + 1}`);
	const seeded = rng(0);
	return timeline(faults, names, (index) => seeded.fork(`${index}`));
};

export const resolveFault = (given: FaultInFile, reader: Reader, replicas: number): FaultSpec => {
	const target = given.target ?? (given.roll ? 'all' : 'one');
	if (/^n\d+$/.test(target) && Number(target.slice(1)) > replicas) {
		throw reader.wrongKey(given, 'target', `a node from n1 to n${replicas}, or ${TARGETS}`, quote(target));
	}
	if (given.flap && given.roll) throw reader.wrongKey(given, 'roll', 'one of flap and roll', 'both');
	if (given.roll && (target === 'leader' || target === 'another'))
		throw reader.wrongKey(given, 'roll', 'several nodes to roll over, such as target: all', quote(target));
	const made = defaults.fault(given.kind);
	return {
		...made,
		target,
		atMs: given.at ?? made.atMs,
		forMs: given.for ?? made.forMs,
		...(given.flap && resolveFlap(given, given.flap, reader)),
		...(given.roll && { roll: { gapMs: given.roll.gap ?? 0 } }),
		...(given.latency !== undefined && { latencyMs: given.latency }),
		...(given.jitter !== undefined && { jitterMs: given.jitter }),
		...(given.share !== undefined && { share: given.share }),
		...(given.unit !== undefined && { unit: given.unit }),
		...given.status,
		...(given.methods !== undefined && { methods: given.methods }),
		...(given.direction !== undefined && { direction: given.direction }),
	};
};

/** `every` is `on` and `off` together; half of it each where neither is given. `times` or `for` says when it is over. */
const resolveFlap = (fault: FaultInFile, given: NonNullable<FaultInFile['flap']>, reader: Reader): Pick<FaultSpec, 'forMs' | 'flap'> => {
	const { on, off, every, times } = given;
	if (every !== undefined && off !== undefined) throw reader.wrongKey(given, 'off', 'every, or on and off', 'both');
	if (every === undefined && (on === undefined || off === undefined)) throw reader.wrongKey(given, 'every', 'every, or on and off', 'neither');
	const everyMs = every ?? (on as number) + (off as number);
	const forMs = on ?? everyMs / 2;
	if (forMs >= everyMs) throw reader.wrongKey(given, 'on', `less than every (${formatDuration(everyMs)})`, formatDuration(forMs));
	if (times !== undefined && fault.for !== undefined) throw reader.wrongKey(given, 'times', 'times, or for beside flap', 'both');
	const whole = fault.for ?? defaults.fault(fault.kind).forMs;
	const fits = Math.floor((whole + everyMs - forMs) / everyMs);
	if (times === undefined && (fits < 1 || fits > 1000))
		throw reader.wrongKey(given, 'every', `a time that fits into for (${formatDuration(whole)}) 1 to 1000 times`, formatDuration(everyMs));
	return { forMs, flap: { everyMs, times: times ?? fits } };
};
