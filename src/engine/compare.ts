import { createHash } from 'node:crypto';
import { AgreementTally, type Spoken } from '../checks/compare/agreement.js';
import { Spent } from '../checks/compare/cost.js';
import { type Normalising, normalise } from '../checks/compare/normalise.js';
import type { Held } from '../checks/probe/expect.js';
import type { ProbedEndpoint, ProbeResult } from '../checks/probe/result.js';
import { Tally } from '../checks/probe/tally.js';
import { usageError } from '../model/errors.js';
import type { Target } from '../model/target.js';
import { assess, expectations, overall, type ProbeSettings } from './probe.js';
import { type Reply, Rounds } from './rounds.js';

export interface CompareSettings extends ProbeSettings {
	how: Normalising;
	maxLag: number;
}

/** Half of SHA-256: equal digests are equal answers. */
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const spoken = ({ target, sample, answer }: Reply, how: Normalising): Spoken => {
	// A whole answer that says no is an answer: replicas may disagree about that, too.
	const answered = sample.verdict !== 'failed' || sample.reason === 'status' || sample.reason === 'expectation';
	return { endpoint: target.name, normal: answered ? normalise(answer, how) : null, sentMs: sample.sentMs, endMs: sample.endMs, fresh: sample.fresh };
};

/**
 * Redundant detection: asks all targets the same at the same moment, `count` times, and holds their answers against each
 * other; where somebody stands apart, all are asked again at once. Rejects with exit 2 as `runProbe` does.
 */
export const runCompare = async (targets: readonly Target[], settings: CompareSettings): Promise<ProbeResult> => {
	const { clock, signal, how, count, intervalMs } = settings;
	const names = targets.map(({ name }) => name);
	const twice = names.find((name, i) => names.indexOf(name) !== i);
	if (twice !== undefined) throw usageError('E_TARGET', `${twice} is named twice: it would agree with itself`);
	if (names.length < 2)
		throw usageError('E_TARGET', '--compare: expected at least two targets, found 1', 'three or more, and the one that dissents can be named');
	const { newHeld, judgeDemand } = await expectations(settings);
	const rows = new Map(targets.map((target) => [target.name, { tally: new Tally(target), held: newHeld() as Held[] }]));
	const minds = settings.each.some((a) => a.what === 'status');
	const rounds = await Rounds.open(targets, {
		clock,
		timeoutMs: settings.timeoutMs,
		probe: { ...settings.probe, keepBody: true },
		...(settings.each.length > 0 && { judge: (answer, target) => assess(answer, rows.get(target.name)?.held ?? [], minds) }),
	});
	const tally = new AgreementTally(names, { how, maxLag: settings.maxLag, hash });
	const spent = new Spent();
	const pauses = { count: 0, totalMs: 0 };
	const aborted = new Promise<null>((resolve) => {
		if (signal?.aborted) resolve(null);
		signal?.addEventListener('abort', () => resolve(null), { once: true });
	});
	const ask = async (): Promise<Spoken[] | null> => {
		const over = await Promise.race([rounds.ask(settings.fresh), aborted]);
		if (over === null) return null;
		if (over.pausedMs > 0) {
			pauses.count++;
			pauses.totalMs += Math.round(over.pausedMs);
		}
		for (const { target, sample, answer } of over.replies) {
			spent.add(sample);
			rows.get(target.name)?.tally.add(sample, answer.certDays);
			settings.onSample?.(target, sample);
		}
		// What failed by our own doing says nothing about anybody: that round is no round.
		if (over.replies.some(({ sample }) => sample.reason === 'local')) return [];
		return over.replies.map((reply) => spoken(reply, how));
	};
	try {
		const startMs = clock.now();
		for (let round = 0; round < count; round++) {
			const said = await ask();
			if (said === null) break;
			if (said.length > 0 && tally.round(said)) {
				const second = await ask();
				if (second === null) break;
				if (second.length > 0) tally.again(second);
			}
			if (round + 1 === count) break;
			const due = Math.max(startMs + (round + 1) * intervalMs, clock.now());
			let cancel = (): void => {};
			await Promise.race([
				aborted,
				new Promise<void>((resolve) => {
					cancel = clock.at(due, resolve);
				}),
			]);
			cancel();
			if (signal?.aborted) break;
		}
	} finally {
		rounds.close();
	}
	const endpoints = [...rows.values()].map(({ tally: row, held }): ProbedEndpoint => {
		const checks = [...held.map((h) => h.check()), ...settings.all.map((demand) => judgeDemand(row, demand))];
		return { ...row.result(), checks };
	});
	const agreement = tally.result();
	const verdicts = [overall(endpoints), agreement.verdict];
	const verdict = verdicts.includes('fail') ? 'fail' : verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
	return { schema: 'daruma.probe/1', verdict, endpoints, pauses, agreement, cost: spent.cost(intervalMs) };
};
