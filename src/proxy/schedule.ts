/**
 * When a toxic works, in ms after it was added (or its schedule was changed):
 *
 *      0        start      + on       + off      + on
 *      ├─ rests ─┼─ works ──┼─ rests ──┼─ works ──┼─ …      without on and off it works from start on
 */
export interface Schedule {
	start?: number;
	on?: number;
	/** 0: it never rests, whatever `on` is. */
	off?: number;
}

export interface Phase {
	works: boolean;
	/** When that changes; infinite: never. */
	until: number;
}

/** `since` ms after it was added. */
export const phaseAt = ({ start = 0, on = 0, off = 0 }: Schedule, since: number): Phase => {
	if (since < start) return { works: false, until: start };
	if (off === 0) return { works: true, until: Number.POSITIVE_INFINITY };
	const cycle = Math.floor((since - start) / (on + off));
	const begin = start + cycle * (on + off);
	return since < begin + on ? { works: true, until: begin + on } : { works: false, until: begin + on + off };
};

export const isScheduled = ({ start = 0, off = 0 }: Schedule): boolean => start > 0 || off > 0;

/** A sentence if a schedule makes no sense, else null. */
export const scheduleObjection = ({ start, on, off }: Schedule): string | null => {
	if (start !== undefined && !(start >= 0)) return `start must not be negative, is ${start}`;
	if (on !== undefined && !(on >= 1)) return `on must be at least 1 ms, is ${on}`;
	if (off !== undefined && !(off >= 0)) return `off must not be negative, is ${off}`;
	if (off !== undefined && off > 0 && on === undefined) return 'off needs on: how long it works before it rests';
	if (on !== undefined && off === undefined) return 'on needs off: how long it rests after it has worked';
	return null;
};
