import type { VerdictWord } from '../../model/run.js';
import type { Stand } from './round.js';

/** How one replica's answers stood to those of the others, over all rounds. */
export interface ComparedEndpoint {
	endpoint: string;
	/** The worst that lasted; `silent`: it never answered, `alone`: nobody else did. */
	verdict: Stand;
	why: string;
	/** Rounds by how it stood in them; a dissent, lag or difference counts here only if it was there again when asked again at once. */
	rounds: Record<Stand, number>;
	/** Differences that were seen once, and gone when asked again at once. */
	transient: number;
	/** Of its latest answer as it was compared; null: none. */
	digest: string | null;
	height: number | null;
	/** Behind the furthest, in the latest round; null: no heights to compare. */
	lag: number | null;
}

/** A round in which somebody stood apart. */
export interface Difference {
	round: number;
	/** After the first question. */
	atMs: number;
	lasting: boolean;
	majority: string | null;
	standings: { endpoint: string; stand: Stand; digest: string | null; height: number | null; found?: string }[];
}

export interface Quantiles {
	/** Null: too few rounds to say it. */
	p50: number | null;
	p99: number | null;
	max: number | null;
}

/** What it adds to ask all instead of one: from the same answers, on kept connections where there are some. */
export interface RedundantDelay {
	/** So many rounds were measured. */
	rounds: number;
	/** To the first answer of a round, and to that of one replica on the average of the round. */
	fastestMs: Quantiles;
	singleMs: Quantiles;
	/** Waiting until more than half have said the same, or until all have answered (or failed to): beyond the fastest, and beyond a single one. */
	majorityAddsMs: Quantiles;
	allAddsMs: Quantiles;
	allOverSingleMs: Quantiles;
	/** Rounds without a majority, or with nobody to hear: they are in no quantile of it. */
	withoutMajority: number;
}

export interface Agreement {
	verdict: VerdictWord;
	why: string;
	/** Rounds, and how many of them were asked again at once. */
	rounds: number;
	askedAgain: number;
	/** What was compared, as the user wrote it. */
	compared: { headers: string[]; ignore: string[]; digest: string | null; height: string | null; maxLag: number };
	/** Of the latest round. */
	majority: { digest: string; endpoints: string[] } | null;
	furthest: { endpoint: string; height: number } | null;
	endpoints: ComparedEndpoint[];
	/** The first so many. */
	differences: Difference[];
	/** The most that lay between the first and the last question of a round leaving, ms; null: nothing was sent. */
	skewMs: number | null;
	delay: RedundantDelay;
}
