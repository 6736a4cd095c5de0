import type { CohortSpec, DetectorSpec } from '../../detectors/index.js';
import type { Target } from '../../model/target.js';

/** Every setting of a watch, read and judged. Times in ms. */
export interface WatchPlan {
	targets: Target[];
	/** Endpoints that are not asked, and have to report. */
	pushes: string[];
	targetsFile: string | null;
	/** Addresses whose endpoints come and go; `as`: how they are asked, as typed. */
	sources: string[];
	as: string | null;
	detector: DetectorSpec;
	cohorts: CohortSpec[];
	intervalMs: number;
	timeoutMs: number;
	/** Null: a failure is not asked about sooner than usual. */
	fastMs: number | null;
	downMs: number;
	fresh: boolean;
	seed: number;
	/** So many questions each, then it ends; 0: for ever. */
	count: number;
	forMs: number | null;
	listen: { host: string; port: number } | null;
	agentListen: { host: string; port: number } | null;
	acceptUnknown: boolean;
	ttlMs: number;
	load: { above: number; below: number };
	/** Command lines with their placeholders; the first word is the path of a program. */
	hooks: string[][];
	hookTimeoutMs: number;
	hookJobs: number;
	samples: boolean;
}
