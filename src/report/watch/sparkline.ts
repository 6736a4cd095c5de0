import { FAILED, LOCAL } from '../../checks/watch/recent.js';

const BARS = '▁▂▃▄▅▆▇█';
/** Latencies that differ by less than this factor are all alike: a bar each would only show noise. */
const ALIKE = 1.5;

/**
 * Latencies as bars, oldest first, on a logarithmic scale from the least to the greatest of them. A failed one is `×`,
 * one that our own machine spoilt is `·`.
 */
export const sparkline = (marks: readonly number[]): string => {
	const measured = marks.filter((mark) => mark >= 0).map((ms) => Math.max(ms, 0.001));
	const least = Math.min(...measured);
	const most = Math.max(...measured);
	const span = Math.log(Math.max(most / least, ALIKE));
	return marks
		.map((mark) => {
			if (mark === FAILED) return '×';
			if (mark === LOCAL) return '·';
			return BARS[Math.min(BARS.length - 1, Math.floor((Math.log(Math.max(mark, 0.001) / least) / span) * BARS.length))] as string;
		})
		.join('');
};
