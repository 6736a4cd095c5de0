import test from 'ava';
import type { Event } from '../../src/model/event.js';
import { corpus, range, seedsOf, told } from './corpus.js';

for (const from of [0, 21]) {
	test(`good and bad clients under all faults: no wrong verdict on seeds ${from} to ${from + 20}`, (t) => {
		const report = corpus(range(from, from + 21));
		t.deepEqual(report.findings.map(told), []);
		for (const metric of ['nonIdempotentDoubleExecuted', 'lost', 'availability', 'timeToFailoverMs', 'amplification']) {
			const { pass, fail } = report.tallies[metric]!;
			t.true(pass >= 3 && fail >= 3, `${metric}: ${pass} passed, ${fail} failed`);
		}
	});
}

const wrongs = (seeds: readonly number[], forge: (events: Event[]) => Event[]): string[] =>
	corpus(seeds, forge).findings.map((f) => `${f.check.metric} ${f.wrong}`);

test('the comparison has teeth: what a history hides is found out', (t) => {
	const hidden = wrongs(seedsOf('retries-posts-blindly', 0, 16), (events) => {
		const seen = new Set<string>();
		return events.filter((e) => {
			if (e.kind === 'attempt') return e.n === 1;
			if (e.kind !== 'executed' && e.kind !== 'received' && e.kind !== 'receipt') return true;
			const key = `${e.kind} ${e.id}`;
			return !seen.has(key) && seen.add(key);
		});
	});
	for (const metric of ['doubleExecuted', 'nonIdempotentReplayed', 'replayed', 'amplification'])
		t.true(hidden.includes(`${metric} passes what is broken`), metric);
	const flattered = wrongs(seedsOf('no-retry', 0, 12), (events) =>
		events.map((e) => (e.kind === 'request' ? { ...e, outcome: 'ok', endMs: Math.min(e.endMs, e.sentMs + 60) } : e)),
	);
	for (const metric of ['availability', 'timeToFailoverMs', 'errorWindowMs']) t.true(flattered.includes(`${metric} passes what is broken`), metric);
});

test('and what it invents', (t) => {
	const invented = wrongs(seedsOf('no-ejection', 0, 12), (events) =>
		events.flatMap((e): Event[] => {
			if (e.kind === 'executed') return [e, e];
			return e.kind === 'attempt' ? [{ ...e, node: 'n1' }] : [e];
		}),
	);
	t.true(invented.includes('nonIdempotentDoubleExecuted fails what holds'));
	t.true(
		invented.some((w) => w.startsWith('timeToDetectMs')),
		invented.join(),
	);
});
