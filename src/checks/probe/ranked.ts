import type { ChooserName } from '../../model/plan.js';
import type { VerdictWord } from '../../model/run.js';
import type { Recommendation } from '../../model/simulation.js';
import type { Place } from '../../policies/ranking.js';
import type { ProbedEndpoint, ProbeResult } from './result.js';

/** `daruma.rank/1`: the document of `rank --json`. Keys may be added, never change meaning. */
export interface RankResult {
	schema: 'daruma.rank/1';
	/** As that of the probe: it fails when an endpoint is down or an expectation does not hold. */
	verdict: VerdictWord;
	policy: ChooserName;
	/** For keyed policies, when one was given: whose endpoint is the first. */
	key?: string;
	/** Best first, those that are down last. */
	ranking: Place[];
	/** What the ranking cannot carry, or did not look at. */
	notes: string[];
	/** What it rests on. */
	endpoints: ProbedEndpoint[];
	pauses: ProbeResult['pauses'];
	/** With --compare; null: no endpoint has answered, so there was nothing to simulate. */
	compare?: Recommendation | null;
}
