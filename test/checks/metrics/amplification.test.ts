import test from 'ava';
import { judged, type Scene, verdicts } from '../history.js';

/** A third of the fault's requests are tried `tries` times at n2 before n1 takes them. */
const retried = (tries: number): Scene['fate'] => {
	return ({ i, at }) =>
		at >= 0 && at < 9900
			? i % 3 === 0
				? {
						nodes: ['n1'],
						attempts: [...Array.from({ length: tries }, () => ({ node: 'n2', outcome: 'unsent' as const })), { node: 'n1', outcome: 'ok' as const }],
					}
				: { nodes: ['n3'] }
			: undefined;
};

test('a witness counts what the dead node refused', (t) => {
	const result = judged({ by: 'client', fate: retried(3) }, ['amplification <= 1.2', 'amplification <= 2.5']);
	t.like(result.metrics.amplification, { observedBy: 'client', exposure: 1006 });
	t.true(Math.abs(result.metrics.amplification!.value! - 2) < 0.02);
	t.deepEqual(
		result.checks.filter((c) => c.asked).map((c) => c.verdict),
		['fail', 'pass'],
	);
});

test('without a witness a kill leaves a lower bound: it can fail, not pass', (t) => {
	const blind = judged({}, ['amplification <= 1.2']);
	t.like(blind.metrics.amplification, { value: 1, lo: 1, hi: null, observedBy: 'tap' });
	t.deepEqual(verdicts(blind), { amplification: 'inconclusive' });
	const seen = judged({ fate: ({ at }) => (at >= 0 && at < 9900 ? { nodes: ['n1', 'n3'], executed: [{ node: 'n3' }] } : undefined) }, ['amplification <= 1.2']);
	t.deepEqual(verdicts(seen), { amplification: 'fail' });
});

test('where the tap lives on it sees every try, unless connections are dropped before a request can be read', (t) => {
	const fate: Scene['fate'] = ({ i, at }) => (at >= 0 && at < 10_000 && i % 3 === 0 ? { nodes: ['n2', 'n1'], executed: [{ node: 'n1' }] } : undefined);
	const reset = judged({ kind: 'reset', fate }, ['amplification <= 1.5']);
	t.deepEqual(verdicts(reset), { amplification: 'pass' });
	t.true(Math.abs(reset.metrics.amplification!.value! - 4 / 3) < 0.01);
	const dropped = { kind: 'drop', target: 'n2', atMs: 0, forMs: 10_000, unit: 'connection' } as const;
	t.is(judged({ kind: 'drop', fate }, [], { faults: [dropped] }).metrics.amplification!.hi, null);
});

test('an incomplete drain leaves a lower bound; lost ids leave nothing, unless the client told', (t) => {
	t.is(judged({ kind: 'reset', complete: false }).metrics.amplification!.hi, null);
	t.is(judged({ kind: 'reset', without: ['ids'] }).metrics.amplification!.value, null);
	t.is(judged({ kind: 'reset', without: ['ids'], by: 'client' }).metrics.amplification!.value, 1);
});
