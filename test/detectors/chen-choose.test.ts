import test from 'ava';
import { chooseChen, mistakeAtMost, recurrenceAtLeast } from '../../src/detectors/chen-choose.js';
import { makeDetector } from '../../src/detectors/index.js';
import { heartbeatQuality } from '../../src/detectors/quality.js';
import { heartbeats, REFERENCE_TRACE } from '../../src/detectors/trace.js';
import { rng } from '../../src/model/rng.js';

test('without delay only losses make mistakes: all heartbeats within alpha must be lost', (t) => {
	const network = { loss: 0.01, delayMs: 0, delayVariance: 0 };
	t.true(Math.abs(recurrenceAtLeast(1000, 900, network) / (1000 / 0.01) - 1) < 1e-9);
	t.true(Math.abs(recurrenceAtLeast(1000, 2500, network) / (1000 / 0.01 ** 3) - 1) < 1e-9);
	t.true(Math.abs(mistakeAtMost(1000, 900, network) / (1000 / 0.99) - 1) < 1e-9);
});

test('what it chooses keeps the bounds on a lossy, jittery line, and asks no more often than needed', (t) => {
	// Lognormal: mean 20 e^(σ²/2), variance mean² (e^(σ²) − 1).
	const sigma = 0.8;
	const delayMs = 20 * Math.exp(sigma ** 2 / 2);
	for (const loss of [0.01, 0.05]) {
		const network = { loss, delayMs, delayVariance: delayMs ** 2 * Math.expm1(sigma ** 2) };
		for (const bounds of [
			{ detectMs: 3000, recurrenceMs: 600_000, mistakeMs: 2000 },
			{ detectMs: 1000, recurrenceMs: 60_000, mistakeMs: 500 },
			{ detectMs: 10_000, recurrenceMs: 60_000, mistakeMs: 20_000 },
		]) {
			const chosen = chooseChen(bounds, network)!;
			t.truthy(chosen);
			const trace = heartbeats({ ...REFERENCE_TRACE, beats: 60_000, intervalMs: chosen.intervalMs, loss, sigma, stallShare: 0 }, rng(9));
			const { detectMs, recurrenceMs, mistakeMs, observedMs } = heartbeatQuality(makeDetector({ kind: 'chen', ...chosen }), trace);
			const name = `${JSON.stringify(bounds)} at ${loss}: ${JSON.stringify(chosen)}`;
			// The longest T_D is that of a crash right after a heartbeat; the mean delay moves a little in its window.
			t.true(detectMs.max! < bounds.detectMs + 5, `${name} found after ${detectMs.max}`);
			t.true((recurrenceMs ?? observedMs) >= bounds.recurrenceMs, `${name} mistaken each ${recurrenceMs}`);
			t.true((mistakeMs ?? 0) <= bounds.mistakeMs, `${name} for ${mistakeMs}`);
			t.true(chosen.intervalMs > bounds.detectMs / 10, `${name} is not wasteful`);
		}
	}
});

test('the example of docs/detectors.md', (t) => {
	const mean = 20 * Math.exp(0.32);
	const network = { loss: 0.01, delayMs: mean, delayVariance: mean ** 2 * Math.expm1(0.64) };
	t.deepEqual([Math.round(mean), Math.round(Math.sqrt(network.delayVariance))], [28, 26]);
	const { intervalMs, alphaMs } = chooseChen({ detectMs: 3000, recurrenceMs: 600_000, mistakeMs: 2000 }, network)!;
	t.deepEqual(
		[intervalMs, alphaMs].map((ms) => (ms / 1000).toFixed(2)),
		['1.46', '1.51'],
	);
});

test('what cannot be had is null', (t) => {
	const network = { loss: 0.5, delayMs: 100, delayVariance: 1e4 };
	t.is(chooseChen({ detectMs: 50, recurrenceMs: 1, mistakeMs: 1e9 }, network), null, 'sooner than the mean delay');
	t.is(chooseChen({ detectMs: 1000, recurrenceMs: 1e30, mistakeMs: 1e9 }, { ...network, loss: 1 }), null);
	t.is(chooseChen({ detectMs: 1000, recurrenceMs: 1, mistakeMs: 0.1 }, network), null);
});
