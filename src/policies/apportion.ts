/** What whole weights add up to, unless there are more nodes than that. */
export const TOTAL_WEIGHT = 100;

/**
 * Shares as whole weights by the largest remainder (Hamilton), at least 1 for every share above 0 and 0 for a share of
 * 0. They add up to `total`, or to the number of nodes if that is more; equal shares are weights of 1.
 */
export const apportion = (shares: readonly number[], total = TOTAL_WEIGHT): number[] => {
	const live = shares.flatMap((share, i) => (share > 0 ? [i] : []));
	const sum = live.reduce((all, i) => all + (shares[i] as number), 0);
	const weights: number[] = shares.map((share) => (share > 0 ? 1 : 0));
	const first = shares[live[0] ?? 0] ?? 0;
	if (live.every((i) => Math.abs((shares[i] as number) - first) <= 1e-9 * sum)) return weights;
	const seats = Math.max(total, live.length);
	const quota = (i: number): number => ((shares[i] as number) / sum) * seats;
	for (const i of live) weights[i] = Math.max(1, Math.floor(quota(i)));
	/** How much less than its due a node has; the first of equals goes first. */
	const owed = (i: number): number => quota(i) - (weights[i] as number);
	let rest = seats - live.reduce((all, i) => all + (weights[i] as number), 0);
	for (; rest > 0; rest--) weights[live.reduce((best, i) => (owed(i) > owed(best) + 1e-12 ? i : best))]! += 1;
	for (; rest < 0; rest++) {
		const rich = live.filter((i) => (weights[i] as number) > 1);
		weights[rich.reduce((best, i) => (owed(i) < owed(best) - 1e-12 ? i : best))]! -= 1;
	}
	return weights;
};
