import type { Plan } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import type { Reader } from '../reader.js';
import type { File } from '../schema/index.js';
import { resolveCluster } from './cluster.js';
import { resolveExperiments } from './experiments.js';
import { resolveSubject } from './subject.js';
import { resolveTraffic } from './traffic.js';

export { nameOf } from './experiments.js';
export { configPath } from './subject.js';

/** A file that was read → a plan in which nothing is left open. Paths count from the file's folder. */
export const resolve = (file: File, reader: Reader, folder: string, seed: number): Plan => {
	const cluster = resolveCluster(file.cluster, reader, folder);
	const traffic = resolveTraffic(file.traffic, reader, folder);
	return {
		version: 1,
		file: reader.file,
		seed: file.seed ?? seed,
		demo: false,
		cluster,
		subject: resolveSubject(file.subject, reader, folder, cluster, traffic.command !== undefined),
		traffic,
		experiments: resolveExperiments(file.experiments, reader, cluster.replicas, () =>
			traffic.command ? defaults.ownExpectations(traffic.correlate !== undefined) : defaults.expectations(),
		),
	};
};
