import type { Ledger } from '../ledger/join.js';
import { joinRun } from '../ledger/run.js';
import type { Event } from '../model/event.js';
import { METRICS } from '../model/metrics.js';
import type { Expectation, ExperimentSpec, Plan } from '../model/plan.js';
import type { Check, ExperimentResult, Measure, VerdictWord } from '../model/run.js';
import { brokenGates } from './gates.js';
import { counts, unasked } from './implicit.js';
import { METRIC_FUNCTIONS } from './index.js';
import { judge } from './judge.js';
import { notesOf } from './notes.js';
import { asOwn, endingOf, isOwn } from './own-traffic.js';
import { type View, viewOf } from './view.js';

/**
 * History + plan → one result per experiment and repeat, in the plan's order. Pure: the same history and plan give the
 * same results, today or by a newer rule next year. `events` must be sorted by time. Experiments that did not run are
 * present, and inconclusive.
 */
export const assess = (events: readonly Event[], plan: Plan): ExperimentResult[] => {
	return joinRun(events, plan).map(({ spec, repeat, ledger }) => (ledger ? assessOne(ledger, repeat) : didNotRun(spec, repeat)));
};

/** Fail beats inconclusive beats pass; nothing at all is inconclusive. */
export const overall = (experiments: readonly { verdict: VerdictWord }[]): VerdictWord => {
	if (experiments.some((e) => e.verdict === 'fail')) return 'fail';
	return experiments.length === 0 || experiments.some((e) => e.verdict === 'inconclusive') ? 'inconclusive' : 'pass';
};

const assessOne = (ledger: Ledger, repeat: number): ExperimentResult => {
	const { spec, slice } = ledger;
	const view = viewOf(ledger);
	const measures = new Map(METRICS.map((info) => [info.name, measure(info.name, view)]));
	const notes = notesOf(view);
	const checks = spec.expect.map((expectation) => check(expectation, true, view, measures).check);
	for (const expectation of unasked(spec, view)) {
		const { check: found, counted } = check(expectation, false, view, measures);
		if (counted) checks.push(found);
		else notes.push(`${found.name} was not decided: ${found.why}`);
	}
	const command = commandCheck(view);
	if (command) checks.unshift(command);
	if (checks.length === 0) notes.push('nothing was judged');
	const since = (t: number | null): number | null => (t === null ? null : Number((t - slice.startMs).toFixed(3)));
	return {
		name: spec.name,
		verdict: overall(checks),
		repeat,
		line: spec.line,
		events: ledger.faults.map((f) => ({
			kind: f.kind,
			target: f.target,
			intendedMs: since(f.intendedMs) as number,
			effectiveMs: since(f.effectiveMs),
			healedMs: since(f.healedMs),
			...(f.by === undefined ? {} : { by: f.by }),
		})),
		metrics: Object.fromEntries([...measures].map(([name, { kind: _kind, evidence: _evidence, ...shown }]) => [name, shown])),
		checks,
		notes,
	};
};

const measure = (name: string, view: View): Measure => asOwn(view, name, METRIC_FUNCTIONS[name]!(view, view.fault));

/** The user's own traffic answers for the client's side by its exit code. */
const commandCheck = (view: View): Check | null => {
	const ending = isOwn(view) ? endingOf(view) : null;
	if (!ending) return null;
	const { measure: found, bound, info, endedMs, detail } = ending;
	const { verdict, why, next } = judge(found, bound, brokenGates(view, info, bound, found), info);
	const fault = view.ledger.faults.find((f) => f.effectiveMs !== null);
	const when = fault?.effectiveMs == null || endedMs < fault.effectiveMs ? ' before any fault' : '';
	const told =
		verdict === 'inconclusive'
			? { why: `it ended with exit code ${found.value}${when}: ${why}`, ...(next !== undefined && { next }) }
			: { why: `it ended with exit code ${found.value}${when}${verdict === 'fail' && detail !== undefined ? `: ${detail}` : ''}` };
	return {
		name: 'command',
		metric: 'command',
		verdict,
		bound: bound.text,
		value: found.value,
		lo: found.lo,
		hi: found.hi,
		exposure: 1,
		...told,
		evidence: [],
		asked: true,
	};
};

const check = (
	{ name, metric, bound }: Expectation,
	asked: boolean,
	view: View,
	measures: ReadonlyMap<string, Measure>,
): { check: Check; counted: boolean } => {
	const info = METRICS.find((m) => m.name === metric);
	const found = measures.get(metric);
	if (!info || !found) throw new Error(`no metric ${metric}`);
	const elsewhere =
		found.kind === 'hard' ? view.outside.map((window) => ({ when: window.name, found: asOwn(view, metric, METRIC_FUNCTIONS[metric]!(view, window)) })) : [];
	const judgement = judge(found, bound, brokenGates(view, info, bound, found), info, elsewhere);
	const { value, lo, hi, exposure } = found;
	const evidence = [...found.evidence, ...elsewhere.flatMap((e) => (e.found.lo ? e.found.evidence : []))].slice(0, 20);
	const { verdict, why, next } = judgement;
	return {
		check: { name, metric, verdict, bound: bound.text, value, lo, hi, exposure, why, ...(next === undefined ? {} : { next }), evidence, asked },
		counted: asked || counts(judgement),
	};
};

const didNotRun = (spec: ExperimentSpec, repeat: number): ExperimentResult => {
	const unknown: Omit<Measure, 'kind' | 'evidence'> = {
		value: null,
		lo: null,
		hi: null,
		exposure: 0,
		observedBy: 'harness',
		why: 'the experiment did not run',
	};
	return {
		name: spec.name,
		verdict: 'inconclusive',
		repeat,
		line: spec.line,
		events: [],
		metrics: Object.fromEntries(METRICS.map((m) => [m.name, unknown])),
		checks: spec.expect.map((e) => ({
			name: e.name,
			metric: e.metric,
			verdict: 'inconclusive',
			bound: e.bound.text,
			value: null,
			lo: null,
			hi: null,
			exposure: 0,
			why: 'the experiment did not run',
			next: 'let the run finish',
			evidence: [],
			asked: true,
		})),
		notes: ['the experiment did not run'],
	};
};
