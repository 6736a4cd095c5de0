import type { Cost } from '../../checks/compare/cost.js';
import type { RedundantDelay } from '../../checks/compare/result.js';
import { formatDuration } from '../../model/duration.js';

/** 3100 → "3.1 KB": decimal, as networks count. */
export const bytes = (n: number): string => {
	for (const [unit, size] of [
		['GB', 1e9],
		['MB', 1e6],
		['KB', 1e3],
	] as const)
		if (n >= size) return `${short(n / size)} ${unit}`;
	return `${short(n)} B`;
};
export const short = (n: number): string => String(Number(n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toPrecision(2)));

/** "12 requests/s, 3.1 KB/s (1.2 KB/s sent, 1.9 KB/s received)"; null: nothing was asked. */
export const rates = ({ requestsPerS, bytesSentPerS, bytesReceivedPerS }: Pick<Cost, 'requestsPerS' | 'bytesSentPerS' | 'bytesReceivedPerS'>): string | null =>
	requestsPerS === null || bytesSentPerS === null || bytesReceivedPerS === null
		? null
		: `${short(requestsPerS)} requests/s, ${bytes(bytesSentPerS + bytesReceivedPerS)}/s (${bytes(bytesSentPerS)}/s sent, ${bytes(bytesReceivedPerS)}/s received)`;

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** What waiting adds, at the median where there are enough rounds for one, else at the most. */
const delayLine = ({ rounds, majorityAddsMs, allAddsMs, allOverSingleMs }: RedundantDelay, n: number): string | null => {
	if (rounds === 0) return null;
	const which = allAddsMs.p50 === null ? 'max' : 'p50';
	const at = which === 'p50' ? 'at p50' : `at most (${rounds} ${rounds === 1 ? 'round' : 'rounds'})`;
	const [majority, all, single] = [majorityAddsMs[which], allAddsMs[which] as number, allOverSingleMs[which] as number];
	const first = majority === null ? '' : `${formatDuration(majority)} until more than half say the same, `;
	return `waiting for all ${NUMBERS[n] ?? n} answers adds ${formatDuration(all)} ${at} to the fastest (${first}${formatDuration(single)} over one replica's on average)`;
};

export const costLine = (cost: Cost, delay: RedundantDelay | undefined, n: number): string | null => {
	const found = rates(cost);
	if (found === null) return null;
	const waiting = delay ? delayLine(delay, n) : null;
	return `detection costs: ${found}${waiting === null ? '' : `; ${waiting}`}`;
};
