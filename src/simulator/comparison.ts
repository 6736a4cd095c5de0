import { formatDuration } from '../model/duration.js';
import { type ChooserName, KEYED_POLICIES } from '../model/plan.js';
import type { PolicyStanding } from '../model/simulation.js';
import { arrivals } from './arrivals.js';
import { balance } from './balance.js';
import type { Scene } from './scene.js';
import { fairShareOfDisturbed, type Summary, summarise } from './summary.js';

/**
 * Every policy on the same arrivals, in `runs` seeds one after the other; best first: the greater success (to 0.01 %),
 * then the lower p99 (to 1 %), then the lower mean.
 */
export const compare = (scene: Scene, policies: readonly ChooserName[], runs = 1): PolicyStanding[] => {
	const seen = new Map<ChooserName, Summary[]>(policies.map((policy) => [policy, []]));
	for (let run = 0; run < runs; run++) {
		const own = { ...scene, seed: (scene.seed + run) >>> 0 };
		const users = arrivals(own);
		for (const policy of policies) seen.get(policy)?.push(summarise(own, users, balance(own, users, policy)));
	}
	const standings = [...seen.values()].map(merge).sort(better);
	return standings.map((each, i) => ({ ...each, rank: i + 1, why: why(each, standings, scene) }));
};

type Merged = Omit<PolicyStanding, 'rank' | 'why'>;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] as number;
const medianOf = (values: readonly (number | null)[]): number | null => (values.includes(null) ? null : median(values as number[]));
const range = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];

const merge = (runs: readonly Summary[]): Merged => {
	const [first] = runs as [Summary];
	const all = (of: (s: Summary) => number): number[] => runs.map(of);
	const p99s = runs.flatMap((s) => s.p99Ms ?? []);
	return {
		policy: first.policy,
		requests: median(all((s) => s.requests)),
		success: median(all((s) => s.success)),
		meanMs: median(all((s) => s.meanMs)),
		p50Ms: median(all((s) => s.p50Ms)),
		p99Ms: medianOf(runs.map((s) => s.p99Ms)),
		p999Ms: medianOf(runs.map((s) => s.p999Ms)),
		loadSkew: median(all((s) => s.loadSkew)),
		toDisturbed: medianOf(runs.map((s) => s.toDisturbed)),
		spread: {
			success: range(all((s) => s.success)),
			p99Ms: p99s.length === runs.length ? range(p99s) : null,
			meanMs: range(all((s) => s.meanMs)),
		},
	};
};

const hundredths = ({ success }: Merged): number => Math.round(success * 10_000);
/** Steps of one percent, so that noise decides nothing. */
const step = (ms: number): number => Math.round(Math.log(Math.max(ms, 1e-3)) / Math.log(1.01));
const better = (a: Merged, b: Merged): number =>
	hundredths(b) - hundredths(a) || step(a.p99Ms ?? a.meanMs) - step(b.p99Ms ?? b.meanMs) || a.meanMs - b.meanMs || (a.policy < b.policy ? -1 : 1);

const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;
const times = (ratio: number): string => (ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0));

/** Why it stands where it stands, by its figures against the best and against chance. */
const why = (own: Merged, all: readonly Merged[], scene: Scene): string => {
	const best = all[0] as Merged;
	const said: string[] = [];
	if (own === best) {
		const worst = all.at(-1) as Merged;
		if (worst === best) said.push(`${percent(own.success)} succeed`);
		else if (hundredths(own) > hundredths(worst))
			said.push(`${percent(own.success)} succeed, ${((own.success - worst.success) * 100).toFixed(2)} points more than by ${worst.policy}`);
		else if (step(own.p99Ms ?? own.meanMs) < step(worst.p99Ms ?? worst.meanMs))
			said.push(
				`all succeed alike; its p99 is the lowest, ${formatDuration(own.p99Ms ?? own.meanMs)} against ${formatDuration(worst.p99Ms ?? worst.meanMs)} by ${worst.policy}`,
			);
		else said.push('all policies do the same here: nothing distinguishes the nodes, and no queue forms');
	} else if (hundredths(own) < hundredths(best)) {
		said.push(`${((best.success - own.success) * 100).toFixed(2)} points fewer succeed than by ${best.policy}`);
	} else if (step(own.p99Ms ?? own.meanMs) > step(best.p99Ms ?? best.meanMs)) {
		said.push(`as many succeed as by ${best.policy}, at ${times((own.p99Ms ?? own.meanMs) / (best.p99Ms ?? best.meanMs))} × its p99`);
	} else said.push(`as good as ${best.policy}`);
	const fair = fairShareOfDisturbed(scene);
	if (own.toDisturbed !== null && fair > 0) {
		const part = own.toDisturbed / fair;
		const verb = part < 0.9 ? 'sent the disturbed only' : part <= 1.1 ? 'sent the disturbed their full share,' : 'even drew';
		said.push(`it ${verb} ${percent(own.toDisturbed)}${part > 1.1 ? ' to the disturbed' : ''} (chance: ${percent(fair, 1)})`);
	}
	if (KEYED_POLICIES.includes(own.policy)) said.push(`it keeps each user at a node (skew ${own.loadSkew.toFixed(2)})`);
	return said.join('; ');
};
