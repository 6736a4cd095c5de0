import test from 'ava';
import { makeCohort } from '../../src/detectors/index.js';
import { failed, ok } from './samples.js';

const views = (text: string, settings = {}) => {
	const cohort = makeCohort({ kind: 'quorum', ...settings });
	[...text].forEach((view, i) => {
		cohort.heard(`v${i + 1}`, view === '+' ? ok(1000) : failed(1000));
	});
	return cohort;
};

test('more than half must see it down', (t) => {
	for (const [text, state] of [
		['+++', 'up'],
		['++-', 'suspect'],
		['+--', 'down'],
		['+-', 'suspect'],
		['-', 'down'],
		['--+++', 'suspect'],
		['---++', 'down'],
		['', 'unknown'],
	] as const)
		t.is(views(text).whole(2000).state, state, text);
	t.is(views('++-', { quorum: 1 }).whole(2000).state, 'down');
	t.is(views('+--', { quorum: 3 }).whole(2000).state, 'suspect');
	t.deepEqual(views('--', { quorum: 3 }).whole(2000), { state: 'unknown', why: '2 of 3 needed views' });
});

test('asymmetric views are named', (t) => {
	const alone = views('++-');
	t.deepEqual(alone.whole(2000), { state: 'suspect', why: '1 of 3 see it down: v3', score: 1 / 3 });
	t.deepEqual(alone.state('v3', 2000), { state: 'warning', why: 'sees it down, the quorum does not' });
	t.is(alone.state('v1', 2000).state, 'up');
	const blind = views('+--');
	t.deepEqual(blind.state('v1', 2000), { state: 'warning', why: 'sees it up, the quorum does not' });
	t.is(blind.state('v2', 2000).state, 'up');
	t.is(blind.state('v9', 2000).state, 'unknown');
});

test('old views do not count, and half of all that were ever heard make no majority', (t) => {
	const cohort = views('---');
	cohort.heard('v1', ok(9000));
	t.is(cohort.next?.(9000), 11_000);
	t.is(cohort.whole(10_999).state, 'down');
	t.deepEqual(cohort.whole(11_000), { state: 'unknown', why: '1 of 2 needed views' });
	t.is(cohort.state('v2', 11_000).state, 'unknown');
});

test('our pause makes no view older; what we failed at is no view', (t) => {
	const cohort = views('++-');
	cohort.paused?.(15_000, 10_000);
	t.is(cohort.whole(15_000).state, 'suspect');
	cohort.heard('v1', failed(15_001, { sentMs: 9000 }));
	cohort.heard('v2', failed(15_001, { reason: 'local' }));
	t.is(cohort.whole(15_001).state, 'suspect');
});
