import test from 'ava';
import { judged, verdicts } from '../history.js';

test('even survivors pass, a doubled share fails, and chance decides nothing', (t) => {
	const even = judged({}, ['loadSkew <= 1.2']);
	t.deepEqual(verdicts(even), { loadSkew: 'pass' });
	t.true(even.metrics.loadSkew!.value! < 1.01);
	const skewed = judged({ fate: ({ i, at }) => (at >= 0 && at < 9900 ? { nodes: [i % 4 === 0 ? 'n3' : 'n1'] } : undefined) }, ['loadSkew <= 1.2']);
	t.deepEqual(verdicts(skewed), { loadSkew: 'fail' });
	t.true(skewed.metrics.loadSkew!.value! > 1.4);
	const few = judged({ rate: 4, fate: ({ i, at }) => (at >= 0 && at < 9900 ? { nodes: [i % 3 === 0 ? 'n3' : 'n1'] } : undefined) }, ['loadSkew <= 1.2']);
	t.like(few.metrics.loadSkew, { lo: 1 });
	t.deepEqual(verdicts(few), { loadSkew: 'inconclusive' });
});

test('a survivor that got nothing counts in the mean', (t) => {
	const one = judged({ fate: ({ at }) => (at >= 0 && at < 9900 ? { nodes: ['n1'] } : undefined) });
	t.true(one.metrics.loadSkew!.value! > 1.9);
});

test('ids that do not survive leave it unseen', (t) => {
	t.is(judged({ without: ['ids'] }).metrics.loadSkew!.value, null);
});
