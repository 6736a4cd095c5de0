import type { WatchRow, WatchView } from '../../../src/checks/watch/view.js';
import { Vitals } from '../../../src/checks/watch/vitals.js';
import type { State } from '../../../src/detectors/detector.js';
import { answer } from '../../checks/watch/bookkeeping.js';

export const row = (endpoint: string, state: State, { why = '', answers = 10, ...more }: Partial<WatchRow> & { answers?: number } = {}): WatchRow => {
	const vitals = new Vitals(0);
	for (let i = 0; i < answers; i++) vitals.add(state === 'down' ? answer(i, 5, { verdict: 'failed', reason: 'refused' }) : answer(i, 5 + (i % 5)));
	vitals.change(state, 1000, '2026-01-01T00:00:01.000Z');
	return {
		endpoint,
		protocol: 'http',
		state,
		why,
		by: 'probe',
		vitals,
		uptime: vitals.uptime.share(61_000),
		reports: 0,
		load: null,
		weight: null,
		metrics: {},
		...more,
	};
};

export const view = (rows: WatchRow[], more: Partial<WatchView> = {}): WatchView => ({
	nowMs: 61_000,
	elapsedMs: 61_000,
	time: '2026-01-01T00:01:01.000Z',
	rows,
	asked: 100,
	out: 1,
	skipped: 0,
	pauses: { count: 0, totalMs: 0 },
	lateMs: 1.5,
	cost: { requestsPerSecond: 10, bytesPerSecond: 1234, reportsPerSecond: 0 },
	hooks: { started: 0, failed: 0, refused: 0, running: 0 },
	dropped: 0,
	...more,
});
