import type { Ledger } from '../ledger/join.js';
import { joinRun } from '../ledger/run.js';
import type { Event, HaltEvent, RecoveryEvent } from '../model/event.js';
import { METRICS } from '../model/metrics.js';
import type { Expectation, ExperimentSpec, Plan } from '../model/plan.js';
import type { Check, ExperimentResult, Measure, VerdictWord } from '../model/run.js';
import { compared } from './compared.js';
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
	const halted = events.some((event) => event.kind === 'halt');
	return compared(joinRun(events, plan).map(({ spec, repeat, ledger }) => (ledger ? assessOne(ledger, repeat) : didNotRun(spec, repeat, halted))));
};

/** Fail beats inconclusive beats pass; nothing at all is inconclusive. */
export const overall = (judged: readonly { verdict: VerdictWord; controlOf?: string }[]): VerdictWord => {
	// What others are compared with has no verdict of its own.
	const experiments = judged.filter(({ controlOf }) => controlOf === undefined);
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
	const halt = slice.events.find((event) => event.kind === 'halt');
	if (halt) checks.unshift(haltCheck(halt));
	if (spec.controlOf !== undefined) notes.push(`nothing was judged: ${spec.controlOf} is compared with it`);
	else if (checks.length === 0) notes.push('nothing was judged');
	const since = (t: number | null): number | null => (t === null ? null : Number((t - slice.startMs).toFixed(3)));
	return {
		name: spec.name,
		verdict: overall(checks),
		repeat,
		line: spec.line,
		events: ledger.faults.map((f) => ({
			kind: f.kind,
			target: f.target,
			...(f.nth === undefined ? {} : { nth: f.nth }),
			intendedMs: since(f.intendedMs) as number,
			effectiveMs: since(f.effectiveMs),
			healedMs: since(f.healedMs),
			...(f.by === undefined ? {} : { by: f.by }),
		})),
		metrics: Object.fromEntries([...measures].map(([name, { kind: _kind, evidence: _evidence, ...shown }]) => [name, shown])),
		checks,
		notes,
		...(halt && { halted: { atMs: since(halt.t) as number, condition: halt.condition, found: halt.found } }),
		...recoveryOf(ledger),
	};
};

/** What was done to bring nodes back, for reports. */
const recoveryOf = ({ slice, spec }: Ledger): Pick<ExperimentResult, 'recoveries' | 'controlOf'> => {
	const since = (t: number): number => Number((t - slice.startMs).toFixed(3));
	const done = slice.events.filter((e): e is RecoveryEvent => e.kind === 'recovery' && e.by !== undefined && e.by !== 'heal');
	return {
		...(done.length > 0 && {
			recoveries: done.map(({ t, endMs, action, target, ok, by, seenBy, attempt, detail }) => ({
				action,
				target,
				ok,
				by: by as string,
				beganMs: since(t),
				endedMs: since(endMs),
				...(seenBy !== undefined && { seenBy }),
				...(attempt !== undefined && { attempt }),
				...(detail !== undefined && { detail }),
			})),
		}),
		...(spec.controlOf !== undefined && { controlOf: spec.controlOf }),
	};
};

/** The condition is what must never be, so that it was met is a counter-example of its own. */
const haltCheck = ({ condition, found }: HaltEvent): Check => ({
	name: 'halt',
	metric: 'halt',
	verdict: 'fail',
	bound: condition,
	value: null,
	lo: null,
	hi: null,
	exposure: 1,
	why: `${found}; everything was healed, and nothing more was done`,
	evidence: [],
	asked: true,
});

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

const didNotRun = (spec: ExperimentSpec, repeat: number, halted: boolean): ExperimentResult => {
	const why = halted ? 'the experiment did not run, as another one was halted' : 'the experiment did not run';
	const next = halted ? 'see why it was halted, or run with --keep-going' : 'let the run finish';
	const unknown: Omit<Measure, 'kind' | 'evidence'> = {
		value: null,
		lo: null,
		hi: null,
		exposure: 0,
		observedBy: 'harness',
		why,
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
			why,
			next,
			evidence: [],
			asked: true,
		})),
		notes: [why],
	};
};
