import test from 'ava';
import { FAILED, LOCAL } from '../../../src/checks/watch/recent.js';
import { sparkline } from '../../../src/report/watch/sparkline.js';

test('bars on a logarithmic scale; failures are marked without colour', (t) => {
	for (const [marks, line] of [
		[[], ''],
		[[FAILED, FAILED], '××'],
		[[5, 5, 5], '▁▁▁'],
		// Noise is not blown up.
		[[5, 5.1, 5.05], '▁▁▁'],
		[[1, 10, 100, 1000], '▁▃▆█'],
		[[1, FAILED, LOCAL, 100], '▁×·█'],
		[[0, 1], '▁█'],
	] as const)
		t.is(sparkline(marks), line, JSON.stringify(marks));
});
