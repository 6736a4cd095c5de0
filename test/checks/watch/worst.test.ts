import test from 'ava';
import type { Witness } from '../../../src/checks/watch/events.js';
import { worst } from '../../../src/checks/watch/worst.js';
import type { State } from '../../../src/detectors/detector.js';

const said = (...heard: [Witness, State][]) => worst(heard.map(([by, state]) => ({ by, opinion: { state, why: by } })));

test('whoever has the worst to say is believed', (t) => {
	for (const [heard, by, state] of [
		[[], 'probe', 'unknown'],
		[[['probe', 'unknown']], 'probe', 'unknown'],
		[[['probe', 'up']], 'probe', 'up'],
		[
			[
				['probe', 'up'],
				['report', 'down'],
			],
			'report',
			'down',
		],
		[
			[
				['probe', 'down'],
				['report', 'up'],
			],
			'probe',
			'down',
		],
		[
			[
				['probe', 'suspect'],
				['report', 'warning'],
			],
			'probe',
			'suspect',
		],
		[
			[
				['probe', 'up'],
				['load', 'warning'],
			],
			'load',
			'warning',
		],
		[
			[
				['probe', 'unknown'],
				['report', 'up'],
			],
			'report',
			'up',
		],
		// A load or a comparison alone makes nobody up.
		[
			[
				['probe', 'unknown'],
				['load', 'up'],
				['cohort', 'up'],
			],
			'probe',
			'unknown',
		],
		[
			[
				['probe', 'up'],
				['load', 'unknown'],
				['cohort', 'down'],
			],
			'cohort',
			'down',
		],
	] as [[Witness, State][], Witness, State][]) {
		const found = said(...heard);
		t.deepEqual([found.by, found.opinion.state], [by, state], JSON.stringify(heard));
	}
});
