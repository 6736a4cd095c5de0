import test from 'ava';
import { corpus, range, type Tally, told } from '../simulator/corpus.js';

/** 1 260 seeds: 60 of each client; in slices, so that a failure names its neighbourhood. */
const SLICE = 126;

const tallies: Record<string, Tally> = {};
for (let slice = 0; slice < 10; slice++) {
	test.serial(`no wrong verdict on seeds ${1000 + slice * SLICE} to ${1000 + (slice + 1) * SLICE - 1}`, (t) => {
		const report = corpus(range(1000 + slice * SLICE, 1000 + (slice + 1) * SLICE));
		t.deepEqual(report.findings.map(told), []);
		for (const [metric, { pass, fail, inconclusive }] of Object.entries(report.tallies)) {
			tallies[metric] ??= { pass: 0, fail: 0, inconclusive: 0 };
			tallies[metric].pass += pass;
			tallies[metric].fail += fail;
			tallies[metric].inconclusive += inconclusive;
		}
	});
}

/** The most of a metric's checks that may end inconclusive on a history that tells everything; bounds are drawn at random, also where the run cannot decide. */
const MOST_INCONCLUSIVE: Record<string, number> = {
	nonIdempotentReplayed: 0.06,
	nonIdempotentDoubleExecuted: 0.06,
	lost: 0.02,
	availability: 0.35,
	amplification: 0.3,
	timeToFailoverMs: 0.35,
	timeToRecoverMs: 0.35,
	errorWindowMs: 0.15,
};

test.serial('what could be seen was decided: few verdicts are inconclusive, and there are many of both other kinds', (t) => {
	for (const [metric, most] of Object.entries(MOST_INCONCLUSIVE)) {
		const { pass, fail, inconclusive } = tallies[metric]!;
		const all = pass + fail + inconclusive;
		t.log(`${metric}: ${pass} passed, ${fail} failed, ${inconclusive} inconclusive`);
		t.true(all > 500 && pass > 0.1 * all && fail > 0.1 * all, `${metric}: ${pass} passed, ${fail} failed`);
		t.true(inconclusive <= most * all, `${metric}: ${inconclusive} of ${all} inconclusive`);
	}
});
