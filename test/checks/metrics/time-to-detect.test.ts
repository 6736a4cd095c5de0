import test from 'ava';
import { lastRegular } from '../../../src/checks/metrics/time-to-detect.js';
import { type Fate, judged, type Scene, verdicts } from '../history.js';

/** The subject goes on routing to n2 until `until`, then re-probes it at these times; each try there fails and goes elsewhere. */
const routing = (until: number, probes: number[] = []): Scene['fate'] => {
	return ({ i, at }): Fate | undefined => {
		if (at < 0 || at >= 9900) return undefined;
		const wrong = (at < until && i % 3 === 1) || probes.includes(at);
		return wrong
			? {
					nodes: ['n1'],
					attempts: [
						{ node: 'n2', outcome: 'unsent' },
						{ node: 'n1', outcome: 'ok', afterMs: 1 },
					],
				}
			: { nodes: ['n3'] };
	};
};

test('a witness sees when routing to the dead node ends; re-probes are not routing', (t) => {
	const { metrics } = judged({ by: 'nginx', fate: routing(950, [4000, 8000]) });
	t.like(metrics.timeToDetectMs, { observedBy: 'witness', exposure: 1 });
	const { value, lo, hi } = metrics.timeToDetectMs!;
	t.true(value! > 900 && value! < 950, `${value}`);
	t.true(lo! <= value! && hi! > value! && hi! - lo! < 40);
});

test('pass, fail, never', (t) => {
	t.deepEqual(verdicts(judged({ by: 'client', fate: routing(500) }, ['timeToDetect <= 1s'])), { timeToDetect: 'pass' });
	t.deepEqual(verdicts(judged({ by: 'client', fate: routing(5000) }, ['timeToDetect <= 1s'])), { timeToDetect: 'fail' });
	const never = judged({ by: 'client', fate: routing(10_000) }, ['timeToDetect <= 1s', 'timeToDetect <= 60s']);
	t.like(never.metrics.timeToDetectMs, { value: null, hi: null });
	t.true(never.metrics.timeToDetectMs!.lo! > 9800);
	t.deepEqual(
		never.checks.filter((c) => c.asked).map((c) => c.verdict),
		['fail', 'inconclusive'],
	);
});

test('nobody sees the tries at a killed node: null without a witness, and with one that forgot a request', (t) => {
	const blind = judged({ fate: routing(500) }, ['timeToDetect <= 1s']);
	t.is(blind.metrics.timeToDetectMs!.value, null);
	t.deepEqual(verdicts(blind), { timeToDetect: 'inconclusive' });
	const forgot = routing(500);
	const partly = judged({ by: 'nginx', fate: (r) => (r.at === 3000 ? { attempts: [] } : forgot!(r)) }, ['timeToDetect <= 1s']);
	t.is(partly.metrics.timeToDetectMs!.value, null);
	t.deepEqual(verdicts(partly), { timeToDetect: 'inconclusive' });
	const proof = judged({ by: 'nginx', fate: (r) => (r.at === 3000 ? { attempts: [] } : routing(10_000)!(r)) }, ['timeToDetect <= 1s']);
	t.deepEqual(verdicts(proof), { timeToDetect: 'fail' });
});

test('a tap that lives on sees the tries itself', (t) => {
	const fate: Scene['fate'] = ({ i, at }) =>
		at >= 0 && at < 10_000 ? (i % 3 === 1 && at < 2000 ? { nodes: ['n2', 'n1'], executed: [{ node: 'n1' }] } : { nodes: ['n3'] }) : undefined;
	const reset = judged({ kind: 'reset', fate }, ['timeToDetect <= 3s']);
	t.like(reset.metrics.timeToDetectMs, { observedBy: 'tap' });
	t.deepEqual(verdicts(reset), { timeToDetect: 'pass' });
	t.is(judged({ kind: 'crash', fate }).metrics.timeToDetectMs!.value, null);
});

test('a witness that cannot name the node gives an interval', (t) => {
	const fate: Scene['fate'] = ({ at }) =>
		at >= 0 && at < 9900 ? { nodes: ['n3'], attempts: [{ node: at < 3000 ? null : 'n3', outcome: 'unknown' }] } : undefined;
	const { value, lo, hi } = judged({ by: 'haproxy', fate }).metrics.timeToDetectMs!;
	t.deepEqual([value, lo], [0, 0]);
	t.true(hi! > 2900 && hi! < 3100, `${hi}`);
});

test('the last regular try: low load widens the bins, isolated tries do not count', (t) => {
	const ramp = (from: number, to: number, step: number): number[] => Array.from({ length: Math.floor((to - from) / step) }, (_, i) => from + i * step);
	t.is(lastRegular([], 0, 10_000, 30), 0);
	t.is(lastRegular(ramp(0, 2000, 30), 0, 10_000, 30), 1950);
	t.is(lastRegular(ramp(0, 10_000, 30), 0, 10_000, 30), null);
	t.is(lastRegular([10, 4000, 8000], 0, 10_000, 30), 10);
	t.is(lastRegular([100, 6000, 12_000], 0, 30_000, 1000), 100);
});
