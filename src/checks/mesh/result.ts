import type { State } from '../../detectors/detector.js';
import type { VerdictWord } from '../../model/run.js';
import type { Cost } from '../compare/cost.js';

/** One vantage point that was to be asked for its views. */
export interface VantagePoint {
	vantage: string;
	url: string;
	/** It told its views. */
	heard: boolean;
	/** The endpoint that it is, or stands beside; null: an observer apart. */
	at: string | null;
	/** Why it was not heard. */
	why: string | null;
	/** Of its answer to us. */
	latencyMs: number | null;
}

/** One field of the matrix: how `vantage` sees `endpoint`. */
export interface Field {
	vantage: string;
	endpoint: string;
	state: State;
	sinceMs: number | null;
	latencyMs: number | null;
}

/** What all vantage points together make of one endpoint. */
export interface MeshEndpoint {
	endpoint: string;
	/** `suspect`: some see it down, and not enough of them. */
	state: State;
	why: string;
	/** So many vantage points must see it down, of so many that should see it. */
	quorum: number;
	of: number;
	up: string[];
	down: string[];
}

/**
 * `asymmetric`: one direction of a pair · `cut`: both, while others see both well · `differs`: a view against the quorum ·
 * `partition`: groups that see each other only within · `silent`: a vantage point without views · `unknown`: too few views
 * · `twice`: two with one name.
 */
export type FindingKind = 'down' | 'asymmetric' | 'cut' | 'differs' | 'partition' | 'silent' | 'unknown' | 'twice';

export interface Finding {
	kind: FindingKind;
	/** What it makes of the verdict. */
	verdict: 'fail' | 'inconclusive';
	/** Whom it is about, in the order of the text. */
	names: string[];
	text: string;
}

export interface MeshCost {
	/** Of the mesh's own heartbeats, by the counters of the vantage points that publish them; null: none does. */
	heartbeats: Cost | null;
	/** So many vantage points told their counters, of so many that were heard. */
	toldBy: number;
	heardOf: number;
	/** Who looks at whom: directed pairs. `square`: all at all, n (n − 1) · `linear`: apart observers. */
	pairs: number;
	nodes: number;
	growth: 'square' | 'linear';
	/** With twice as many nodes, at the same pace. */
	atTwice: { pairs: number; requestsPerS: number | null; bytesSentPerS: number | null; bytesReceivedPerS: number | null };
	/** Our own asking for views. */
	collecting: Cost;
}

/** `daruma.mesh/1`: the document of `mesh --json`. Keys may be added, never change meaning. */
export interface MeshResult {
	schema: 'daruma.mesh/1';
	verdict: VerdictWord;
	why: string;
	vantages: VantagePoint[];
	endpoints: MeshEndpoint[];
	matrix: Field[];
	/** Nodes that see each other up, directly or over others; one group: no partition. */
	components: string[][];
	findings: Finding[];
	cost: MeshCost;
}
