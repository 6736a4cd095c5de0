import test from 'ava';
import { explainRequest } from '../../src/ledger/explain.js';
import { history, planOf, type Scene } from '../checks/history.js';

const story = (scene: Scene, id: string): string[] | null => explainRequest(history(scene), planOf(), id);

test("a replayed POST's story, in order of time", (t) => {
	const scene: Scene = {
		kind: 'freeze',
		by: 'nginx',
		fate: ({ id }) =>
			id === 'r502'
				? {
						nodes: ['n2', 'n1'],
						latencyMs: 1060,
						attempts: [
							{ node: 'n2', outcome: 'failed' },
							{ node: 'n1', outcome: 'ok', afterMs: 1001 },
						],
						executed: [
							{ node: 'n1', afterMs: 1050 },
							{ node: 'n2', afterMs: 9000 },
						],
					}
				: undefined,
	};
	t.deepEqual(story(scene, 'r502'), [
		'r502: POST /task (not idempotent), intended 5.01s after the start of traffic, met the fault',
		'     +0ms  try 1 at n2 (nginx): failed after 50ms',
		'     +1ms  received by the tap of n2 (connection 1, process 1)',
		'   +1.5ms  received by n2',
		'    +11ms  received by the tap of n1 (connection 1, process 1)',
		'    +12ms  received by n1',
		'      +1s  try 2 at n1 (nginx): ok after 50ms  (990ms later)',
		'   +1.05s  executed by n1',
		'   +1.05s  answer 200 left n1',
		'   +1.06s  the client has its answer (200)',
		'      +9s  executed by n2, after the client had ended  (7.94s later)',
		'      +9s  answer 200 left n2',
		'double-executed: executed more than once',
	]);
});

test('a request in flight when the fault struck tells of it', (t) => {
	const lines = story(
		{ fate: ({ id }) => (id === 'r450' ? { outcome: 'failed', error: 'ECONNRESET', latencyMs: 20, nodes: ['n2'], executed: [] } : undefined) },
		'r450',
	)!;
	t.true(lines.some((l) => l.endsWith('kill takes effect at n2')));
	t.true(lines.some((l) => l.endsWith('the client gives up (ECONNRESET)')));
	t.regex(lines.at(-1)!, /^ambiguous: /);
});

test('an unknown id has no story', (t) => {
	t.is(story({}, 'r99999'), null);
	t.is(explainRequest([], planOf(), 'r1'), null);
});
