/** `differs`: the answers fall apart without a majority, so nobody is accused. `alone`: there was no other answer to hold it against. */
export type Stand = 'agrees' | 'dissents' | 'lags' | 'differs' | 'alone' | 'silent';

/** What one replica said in a round; `text` null: nothing that can be compared. */
export interface Said {
	endpoint: string;
	text: string | null;
	height: number | null;
}

export interface Standing {
	endpoint: string;
	stand: Stand;
	/** Behind the furthest; null: no heights to compare. */
	lag: number | null;
}

export interface Round {
	standings: Standing[];
	/** What more than half say; null: no such answer. */
	majority: string | null;
	/** Who says it, or who says what where there is none: the largest first. */
	groups: { text: string; endpoints: string[] }[];
	furthest: { endpoint: string; height: number } | null;
}

/**
 * Holds the answers of one moment against each other. Who is too far behind lags, and has no vote: that it answers
 * otherwise is explained. Of the others more than half make the truth, so f that lie take 2f + 1; two that differ are
 * told as differing. (The cohort `agreement` judges a stream, where answers are of different moments.)
 */
export const compareRound = (said: readonly Said[], maxLag: number): Round => {
	const heights = said.filter((each): each is Said & { height: number } => each.height !== null);
	const top = heights.reduce<(Said & { height: number }) | null>((best, each) => (best === null || each.height > best.height ? each : best), null);
	const lagOf = ({ height }: Said): number | null => (height === null || top === null || heights.length < 2 ? null : top.height - height);
	const lags = (each: Said): boolean => (lagOf(each) ?? 0) > maxLag;
	const votes = new Map<string, string[]>();
	let voters = 0;
	for (const each of said) {
		if (each.text === null || lags(each)) continue;
		voters++;
		votes.set(each.text, [...(votes.get(each.text) ?? []), each.endpoint]);
	}
	const groups = [...votes].map(([text, endpoints]) => ({ text, endpoints })).sort((a, b) => b.endpoints.length - a.endpoints.length);
	const largest = groups[0];
	const majority = largest && voters > 1 && largest.endpoints.length * 2 > voters ? largest.text : null;
	const standOf = (each: Said): Stand => {
		if (each.text === null) return 'silent';
		if (lags(each)) return 'lags';
		if (voters < 2) return 'alone';
		return majority === null ? 'differs' : each.text === majority ? 'agrees' : 'dissents';
	};
	return {
		standings: said.map((each) => ({ endpoint: each.endpoint, stand: standOf(each), lag: lagOf(each) })),
		majority,
		groups,
		furthest: top && { endpoint: top.endpoint, height: top.height },
	};
};

/** When each answer was there, ms after the first question went out; `text` null: none came, and then is when that was clear. */
export interface Arrival {
	ms: number;
	text: string | null;
}

/** How long one has to wait for the first answer, for more than half to say the same (null: they never did), and for all. */
export const waits = (arrivals: readonly Arrival[]): { fastestMs: number; majorityMs: number | null; allMs: number } | null => {
	const answered = arrivals.filter(({ text }) => text !== null).sort((a, b) => a.ms - b.ms);
	const first = answered[0];
	if (!first) return null;
	const counts = new Map<string, number>();
	let majorityMs: number | null = null;
	for (const { ms, text } of answered) {
		const n = (counts.get(text as string) ?? 0) + 1;
		counts.set(text as string, n);
		if (n * 2 > arrivals.length && majorityMs === null) majorityMs = ms;
	}
	return { fastestMs: first.ms, majorityMs, allMs: Math.max(...arrivals.map(({ ms }) => ms)) };
};
