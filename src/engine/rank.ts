import type { RankResult } from '../checks/probe/ranked.js';
import { type ChooserName, KEYED_POLICIES, REPORTED_POLICY_NAMES, UNWEIGHTED_POLICIES } from '../model/plan.js';
import type { Sample } from '../model/sample.js';
import type { Target } from '../model/target.js';
import { type ProbeSettings, runProbe } from './probe.js';
import { type CompareOptions, ranking, recommend, type Watched } from './ranking.js';

export interface RankSettings extends ProbeSettings {
	policy: ChooserName;
	/** Of a keyed policy: whose place is asked for. */
	key?: string;
	/** Also simulate every policy on what was measured. */
	compare?: CompareOptions;
}

/** Probes the targets (weights are theirs) and ranks them by what was heard. Rejects as `runProbe` does, before anything is asked. */
export const runRank = async (targets: readonly Target[], settings: RankSettings): Promise<RankResult> => {
	const { policy, key, compare, signal } = settings;
	const heard = new Map<string, Sample[]>(targets.map(({ name }) => [name, []]));
	const { verdict, endpoints, pauses } = await runProbe(targets, {
		...settings,
		onSample(target, sample) {
			heard.get(target.name)?.push(sample);
			settings.onSample?.(target, sample);
		},
	});
	const watched = endpoints.map(
		({ endpoint, state, why }): Watched => ({
			endpoint,
			weight: targets.find(({ name }) => name === endpoint)?.weight ?? 1,
			opinion: { state, why },
			samples: settled(heard.get(endpoint) ?? []),
		}),
	);
	const answered = endpoints.some(({ state, ok, warning }) => state !== 'down' && ok + warning > 0);
	return {
		...ranking(policy, watched, key),
		verdict,
		...(key !== undefined && { key }),
		notes: notes(watched, settings),
		endpoints,
		pauses,
		...(compare && !signal?.aborted && { compare: answered ? recommend(watched, compare) : null }),
	};
};

/**
 * Without the good answers on new connections where there are kept ones: making a connection is no part of what a
 * balancer with a pool would meet. Failures stay, whatever they met.
 */
const settled = (samples: readonly Sample[]): Sample[] => {
	const pooled = samples.some(({ verdict, fresh }) => verdict !== 'failed' && !fresh);
	return pooled ? samples.filter(({ verdict, fresh }) => verdict === 'failed' || !fresh) : [...samples];
};

const notes = (watched: readonly Watched[], { policy, key, fresh }: RankSettings): string[] => {
	const said: string[] = [];
	if (UNWEIGHTED_POLICIES.includes(policy) && watched.some(({ weight }) => weight !== 1)) said.push(`${policy} does not look at weights`);
	if (KEYED_POLICIES.includes(policy) && key === undefined) said.push(`${policy} sends each key to one endpoint: shares are over all keys, --key names one`);
	const reports = watched.some(({ samples }) => samples.some(({ load }) => load !== undefined));
	if ((REPORTED_POLICY_NAMES as readonly string[]).includes(policy) && !reports) said.push(`${policy} compares reported load, and no endpoint reports any`);
	const kinds = new Set(watched.flatMap(({ samples }) => samples.find(({ verdict }) => verdict !== 'failed')?.fresh ?? []));
	if (kinds.size > 1 && !fresh)
		said.push('some endpoints keep connections and some do not: latencies of the latter include connecting (--fresh compares alike)');
	return said;
};
