import type { ExperimentSpec, Plan } from '../model/plan.js';
import * as defaults from './defaults.js';

/** What `verify --subject nginx` means without any file: one replica of three is killed under traffic. */
export const skeleton = (seed: number): Plan => ({
	version: 1,
	file: null,
	seed,
	demo: false,
	cluster: { replicas: defaults.REPLICAS, replica: defaults.replica(), tap: true },
	subject: defaults.client(),
	traffic: defaults.traffic(),
	experiments: [experiment()],
});

const experiment = (): ExperimentSpec => ({
	name: 'kill one',
	faults: [defaults.fault('kill')],
	baselineMs: defaults.BASELINE_MS,
	afterMs: defaults.AFTER_MS,
	repeat: 1,
	expect: defaults.expectations(),
	allow: [],
	line: null,
});
