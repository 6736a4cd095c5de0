import type { BuiltinReplica, Plan } from '../../model/plan.js';
import { disagreement } from '../agree.js';
import * as defaults from '../defaults.js';
import type { Reader } from '../reader.js';
import type { File } from '../schema/index.js';
import { resolveCluster } from './cluster.js';
import { resolveExperiments } from './experiments.js';
import { resolveSubject } from './subject.js';
import { resolveTraffic } from './traffic.js';

export { nameOf, resolveFault } from './experiments.js';
export { configPath } from './subject.js';

/** A file that was read → a plan in which nothing is left open. Paths count from the file's folder. */
export const resolve = (file: File, reader: Reader, folder: string, seed: number): Plan => {
	const cluster = resolveCluster(file.cluster, reader, folder, spoken(file));
	const mix = cluster.replica.kind === 'grpc' ? defaults.grpcMix() : defaults.mix();
	const traffic = resolveTraffic(file.traffic, reader, folder, mix);
	const byDefault = () => (traffic.command ? defaults.ownExpectations(traffic.correlate !== undefined) : defaults.expectations());
	const plan: Plan = {
		version: 1,
		file: reader.file,
		seed: file.seed ?? seed,
		demo: false,
		cluster,
		subject: resolveSubject(file.subject, reader, folder, cluster, traffic.command !== undefined),
		traffic,
		experiments: resolveExperiments(file, reader, cluster, folder, byDefault),
	};
	const wrong = disagreement(plan);
	if (wrong === null) return plan;
	const entry = wrong.mix === null ? undefined : file.traffic?.mix?.[wrong.mix];
	throw reader.wrongKey(
		entry ?? file.subject ?? file,
		entry ? 'grpc' : wrong.mix === null ? wrong.key : plan.subject.kind,
		wrong.expected,
		wrong.found,
		wrong.hint,
	);
};

/** What replicas speak that the file says nothing of: gRPC if all else in it does. */
export const spoken = ({ subject, traffic }: Pick<File, 'subject' | 'traffic'>): BuiltinReplica['kind'] =>
	subject?.grpcJs || (traffic?.mix?.every((entry) => entry.grpc !== undefined) ?? false) ? 'grpc' : 'http';
