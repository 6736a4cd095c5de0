import type { State } from '../../detectors/detector.js';
import type { VerdictWord } from '../../model/run.js';
import type { Phases, Reason } from '../../model/sample.js';
import type { Cost } from '../compare/cost.js';
import type { Agreement } from '../compare/result.js';

/** ms; null: nothing to say, or too few samples to say it with 95 % confidence (`needs` tells how many it takes). */
export interface Latencies {
	min: number | null;
	p50: number | null;
	p90: number | null;
	p99: number | null;
	max: number | null;
}

export interface ProbeCheck {
	/** As the user wrote it. */
	expect: string;
	verdict: VerdictWord;
	why: string;
	next?: string;
}

/** What came of asking one endpoint. */
export interface ProbedEndpoint {
	endpoint: string;
	protocol: string;
	state: State;
	/** In a few words. */
	why: string;
	/** Questions; `local` ones failed by our own doing and count neither as ok nor as failed. */
	sent: number;
	ok: number;
	warning: number;
	failed: number;
	local: number;
	/** Beats that were due while a question was still out. */
	skipped: number;
	latencyMs: Latencies;
	/** Which connections `latencyMs` is of: kept ones, or, where none was kept, new ones. */
	latencyOver: 'kept' | 'fresh';
	/** How many samples the percentiles that are null would take. */
	needs: Partial<Record<'p50' | 'p90' | 'p99', number>>;
	/** Mean of each phase over the good answers that went through it. */
	phasesMs: Phases;
	/** Questions on new connections, apart: they cost more, and find what kept connections hide. */
	fresh: { sent: number; ok: number; failed: number; latencyMs: Latencies };
	lastError: string | null;
	/** How often each reason was given. */
	reasons: Partial<Record<Reason, number>>;
	status: number | null;
	/** The addresses that answered. */
	addresses: string[];
	certDays: number | null;
	load: number | null;
	/** The most that our own event loop may have added to a latency; samples beyond the engine's bound are left out of it. */
	uncertaintyMs: number;
	uncertain: number;
	bytes: { sent: number; received: number };
	checks: ProbeCheck[];
}

/** `daruma.probe/1`: the document of `probe --json`. Keys may be added, never change meaning. */
export interface ProbeResult {
	schema: 'daruma.probe/1';
	verdict: VerdictWord;
	endpoints: ProbedEndpoint[];
	/** How often, and for how long, daruma itself stood still. */
	pauses: { count: number; totalMs: number };
	/** What asking has cost. */
	cost?: Cost;
	/** With `--compare`: how the answers of the targets stood to each other. */
	agreement?: Agreement;
}
