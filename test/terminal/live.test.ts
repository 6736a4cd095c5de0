import test from 'ava';
import { createProgress, describeTick } from '../../src/terminal/live.js';

test('into a pipe: one plain line per change of state, no ticks', async (t) => {
	const written: string[] = [];
	const view = await createProgress({ write: (text) => written.push(text) });
	view.hear({ kind: 'run', run: 'x', folder: '/x' });
	view.hear({ kind: 'stage', text: 'starting 3 replicas' });
	view.hear({ kind: 'experiment', index: 0, of: 2, name: 'a replica is killed', totalMs: 26_000 });
	view.hear({ kind: 'phase', phase: 'baseline' });
	view.hear({ kind: 'traffic', elapsedMs: 1000, totalMs: 26_000, sent: 200, ok: 200, failed: 0, inFlight: 10 });
	view.hear({ kind: 'nodes', states: { n1: 'up', n2: 'down' } });
	view.hear({ kind: 'phase', phase: 'fault' });
	view.hear({ kind: 'fault', fault: 'kill', target: 'n2', step: 'effective', detail: 'its port refuses' });
	view.done();
	view.done();
	t.deepEqual(written, [
		'starting 3 replicas\n',
		'[1/2] a replica is killed (about 26s)\n',
		'  baseline: undisturbed traffic\n',
		'  n2: kill effective (its port refuses)\n',
	]);
});

test('the moving line: how far, what phase, what users see, who is up', (t) => {
	t.is(
		describeTick({ phase: 'fault', elapsedMs: 6500, totalMs: 26_000, sent: 1300, ok: 1290, failed: 3, nodes: { n10: 'up', n2: 'down', n1: 'up' } }),
		'███░░░░░░░░░ 7/26s  fault  1290 ok  3 failed  n1 up  n2 down  n10 up',
	);
	t.true(describeTick({ phase: '', elapsedMs: 99, totalMs: 10, sent: 0, ok: 0, failed: 0, nodes: {} }).startsWith(`${'█'.repeat(12)} 0s`));
});
