import { Spent } from '../checks/compare/cost.js';
import type { Held } from '../checks/probe/expect.js';
import type { ProbeCheck, ProbedEndpoint, ProbeResult } from '../checks/probe/result.js';
import { Tally } from '../checks/probe/tally.js';
import type { Assertion, Demand } from '../model/assertion.js';
import type { Clock } from '../model/clock.js';
import type { VerdictWord } from '../model/run.js';
import type { Sample } from '../model/sample.js';
import type { Target } from '../model/target.js';
import type { Answer, ProbeOptions } from '../probes/probe.js';
import { Heartbeat } from './heartbeat/heartbeat.js';

export interface ProbeSettings {
	count: number;
	intervalMs: number;
	timeoutMs: number;
	/** A new connection for every question. */
	fresh: boolean;
	seed: number;
	each: readonly Assertion[];
	all: readonly Demand[];
	probe: Omit<ProbeOptions, 'clock' | 'keepBody'>;
	clock: Clock;
	/** Ends it early; what is there until then is the result. */
	signal?: AbortSignal;
	onSample?(target: Target, sample: Sample): void;
}

/** First beats are at most so far apart: whoever probes three endpoints does not want to wait for the third. */
const SPREAD_MS = 5;
/** As many assertions as name them want these parts of an answer. */
export const NEEDS_BODY = new Set(['body', 'json', 'header']);

/** Asks each target `count` times and sums up. Rejects with exit 2 for a target or an option that is wrong, before anything is asked. */
export const runProbe = async (targets: readonly Target[], settings: ProbeSettings): Promise<ProbeResult> => {
	const { each, all, clock, signal } = settings;
	const { newHeld, judgeDemand } = await expectations(settings);
	const rows = new Map<string, { tally: Tally; held: Held[] }>();
	for (const target of targets) rows.set(target.name, { tally: new Tally(target), held: newHeld() });
	const spent = new Spent();
	const pauses = { count: 0, totalMs: 0 };
	const minds = each.some((a) => a.what === 'status');
	let finish: () => void = () => {};
	const finished = new Promise<void>((resolve) => {
		finish = resolve;
	});
	const heartbeat = new Heartbeat(
		{
			clock,
			seed: settings.seed,
			periodMs: settings.intervalMs,
			timeoutMs: settings.timeoutMs,
			spreadMs: SPREAD_MS * Math.max(0, rows.size - 1),
			fastMs: null,
			freshEvery: settings.fresh ? 1 : 0,
			count: settings.count,
			probe: { ...settings.probe, keepBody: each.some((a) => NEEDS_BODY.has(a.what)) },
			...(each.length > 0 && { judge: (answer: Answer, target: Target) => assess(answer, rows.get(target.name)?.held ?? [], minds) }),
		},
		{
			onSample(target, sample, answer) {
				rows.get(target.name)?.tally.add(sample, answer.certDays);
				spent.add(sample);
				settings.onSample?.(target, sample);
			},
			onSkip(target, beats) {
				const tally = rows.get(target.name)?.tally;
				if (tally) tally.skipped += beats;
			},
			onPause(forMs) {
				pauses.count++;
				pauses.totalMs += Math.round(forMs);
			},
			onDone: () => finish(),
		},
	);
	signal?.addEventListener('abort', () => finish(), { once: true });
	try {
		await heartbeat.add(...targets);
		if (!signal?.aborted) await finished;
	} finally {
		heartbeat.stop();
	}
	const endpoints = [...rows.values()].map(({ tally, held }): ProbedEndpoint => {
		const checks = [...held.map((h) => h.check()), ...all.map((demand) => judgeDemand(tally, demand))];
		return { ...tally.result(), checks };
	});
	return { schema: 'daruma.probe/1', verdict: overall(endpoints), endpoints, pauses, cost: spent.cost(settings.intervalMs) };
};

interface Expectations {
	newHeld(): Held[];
	judgeDemand(tally: Tally, demand: Demand): ProbeCheck;
}

/** What judges answers is loaded only where something is expected of them. */
export const expectations = async ({ each, all }: Pick<ProbeSettings, 'each' | 'all'>): Promise<Expectations> => {
	if (each.length + all.length === 0) {
		const judgeDemand = (): ProbeCheck => {
			throw new Error('nothing was expected');
		};
		return { newHeld: () => [], judgeDemand };
	}
	const { Held: HeldClass, judgeDemand } = await import('../checks/probe/expect.js');
	return { newHeld: () => each.map((assertion) => new HeldClass(assertion)), judgeDemand };
};

/** The user's expectations have the last word on a whole answer; what never came whole keeps its reason. */
export const assess = (answer: Answer, held: readonly Held[], mindsStatus: boolean): Answer => {
	if (answer.verdict === 'failed' && answer.reason !== 'status') return answer;
	if (answer.reason === 'status' && mindsStatus) {
		answer.verdict = 'ok';
		delete answer.reason;
	}
	const answered = { ...answer, latencyMs: answer.endMs - answer.sentMs };
	const broken = held.map((h) => ({ h, found: h.look(answered) })).filter(({ found }) => found !== null);
	const first = broken[0];
	if (first && answer.verdict !== 'failed') {
		answer.verdict = 'failed';
		answer.reason = 'expectation';
		answer.detail = `expected ${first.h.assertion.text}: found ${first.found}`.slice(0, 200);
	}
	return answer;
};

/** fail: an endpoint is down or a check failed · inconclusive: something could not be seen · pass. */
export const overall = (endpoints: readonly ProbedEndpoint[]): VerdictWord => {
	const verdicts = endpoints.flatMap((e) => e.checks.map((c) => c.verdict));
	if (endpoints.some((e) => e.state === 'down') || verdicts.includes('fail')) return 'fail';
	return endpoints.some((e) => e.state === 'unknown') || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
};
