import { formatDuration, parseDuration } from '../model/duration.js';
import type { HaltCondition } from '../model/plan.js';

/** What the generator tells while it runs: counts since the start of the traffic, at `t`. */
export interface LiveCounts {
	t: number;
	ok: number;
	failed: number;
	inFlight: number;
}

/** Which condition was met, as the user wrote it, and what was seen, in words. */
export interface HaltReason {
	condition: string;
	found: string;
}

const OVER_MS = 5000;
/** Below this many ended requests a share says nothing. */
const LEAST_ENDED = 20;
export const HALT_GRAMMAR = 'a condition such as "availability < 50%", "errors > 200 over 10s" or "inFlight > 1000"';
const CONDITION = /^(availability|errors|inFlight)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(%)?(?:\s+over\s+(.+))?$/;

/** Undefined for what is none. A share falls, a count grows: the other way round every healthy run would halt. */
export const parseHalt = (written: string): HaltCondition | undefined => {
	const [, metric, op, digits, percent, over] = CONDITION.exec(written.trim()) ?? [];
	if (metric === undefined || op === undefined) return undefined;
	const share = metric === 'availability';
	if (share !== (percent !== undefined || (share && Number(digits) <= 1)) || share !== op.startsWith('<')) return undefined;
	const overMs = over === undefined ? OVER_MS : parseDuration(over);
	if (overMs === undefined || overMs < 1000 || (metric === 'inFlight' && over !== undefined)) return undefined;
	const value = percent === undefined ? Number(digits) : Number(digits) / 100;
	return { metric: metric as HaltCondition['metric'], op: op as HaltCondition['op'], value, overMs, text: written.trim() };
};

const meets = (found: number, { op, value }: HaltCondition): boolean =>
	op === '<' ? found < value : op === '<=' ? found <= value : op === '>' ? found > value : found >= value;

/** Is a condition met by the newest of these counts (in order of time)? Then the first that is, and what was seen, in words. */
export const haltReason = (conditions: readonly HaltCondition[], counts: readonly LiveCounts[]): HaltReason | null => {
	const last = counts.at(-1);
	if (!last) return null;
	for (const condition of conditions) {
		const found = look(condition, counts, last);
		if (found !== null) return { condition: condition.text, found };
	}
	return null;
};

const look = (condition: HaltCondition, counts: readonly LiveCounts[], last: LiveCounts): string | null => {
	const { metric, overMs } = condition;
	if (metric === 'inFlight') return meets(last.inFlight, condition) ? `${last.inFlight} requests in flight` : null;
	const before = counts.findLast((each) => each.t <= last.t - overMs);
	const ok = last.ok - (before?.ok ?? 0);
	const failed = last.failed - (before?.failed ?? 0);
	const span = `in ${formatDuration(overMs)}`;
	if (metric === 'errors') return meets(failed, condition) ? `${failed} failed requests ${span}` : null;
	const ended = ok + failed;
	if (before === undefined || ended < LEAST_ENDED || !meets(ok / ended, condition)) return null;
	return `${ok} of ${ended} requests ok ${span}`;
};
