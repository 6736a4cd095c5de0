import type { Collected } from '../../../src/checks/mesh/matrix.js';
import type { ViewState } from '../../../src/model/views.js';

const STATES: Record<string, ViewState> = { U: 'up', W: 'warning', S: 'suspect', D: 'down', '?': 'unknown' };

/**
 * A mesh as a picture: line i is what node i sees, `.` itself, `-` alone a node that does not answer us.
 * ```
 *   .UD
 *   U.U
 *   -
 * ```
 */
export const mesh = (...lines: string[]): Collected[] =>
	lines.map((line, i): Collected => {
		const own = `n${i + 1}`;
		const common = { url: `http://127.0.0.1:${4001 + i}/`, address: `127.0.0.1:${4001 + i}`, name: null, latencyMs: 1 };
		if (line === '-') return { ...common, views: null, why: 'refused', latencyMs: null };
		const views = [...line].flatMap((letter, j) =>
			letter === '.'
				? []
				: [
						{
							endpoint: `n${j + 1}`,
							state: STATES[letter] as ViewState,
							sinceMs: 4000,
							latencyMs: letter === 'U' ? 0.5 : null,
							heardMs: 100,
							address: `127.0.0.1:${4001 + j}`,
						},
					],
		);
		const cost = { requests: 8 * views.length, bytesSent: 800 * views.length, bytesReceived: 400 * views.length, forMs: 2000 };
		return { ...common, why: '', views: { vantage: own, self: own, views, cost } };
	});
