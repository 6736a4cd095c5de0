import type { Ledger } from '../../ledger/join.js';
import type { RecoveryEvent } from '../../model/event.js';
import type { Measure } from '../../model/run.js';
import { round, unseen } from '../measure.js';
import type { Metric, View } from '../view.js';
import { type EventTime, effectiveFaults, worst } from './events.js';

/** What somebody did on purpose to bring nodes back, or to renew them; a fault's own heal is none of it. */
export const recoveriesOf = ({ slice }: Ledger): RecoveryEvent[] =>
	slice.events.filter((e): e is RecoveryEvent => e.kind === 'recovery' && (e.by === 'supervisor' || e.by === 'plan'));

const NONE = 'neither recovery nor an action was set';
const planned = ({ spec }: Ledger): boolean => Boolean(spec.recovery) || (spec.actions?.length ?? 0) > 0;
/** Begins of work at a node; `in` and `rollback` only end what these began. */
const BEGINS: ReadonlySet<string> = new Set(['restart', 'redeploy', 'out']);
const MENDS: ReadonlySet<string> = new Set(['restart', 'redeploy', 'out']);

/** Fault effective → the supervisor's first action at that node was verified. */
export const recoveryTime: Metric = ({ ledger }) => {
	if (!ledger.spec.recovery) return unseen('time', 'harness', 'recovery was not set');
	const done = recoveriesOf(ledger).filter((e) => e.by === 'supervisor' && e.ok && MENDS.has(e.action));
	const times = effectiveFaults(ledger).map((fault): EventTime => {
		const until = fault.healedMs ?? ledger.slice.endMs;
		const first = done.find((e) => e.target === fault.target && e.endMs >= fault.effectiveMs && e.t <= until);
		const value = first && first.endMs - fault.effectiveMs;
		if (value !== undefined) return { value, lo: value, hi: value, evidence: [`${first!.action} ${first!.target}`] };
		const lo = (fault.healingMs ?? until) - fault.effectiveMs;
		return { value: null, lo, hi: null, why: `${fault.target} was not recovered before its ${fault.kind} was healed` };
	});
	return worst(times, 'harness', 'no fault was seen to take effect');
};

/** A count over the whole experiment: it belongs to the fault's window, so that other windows do not count it again. */
const count = (found: (view: View, events: RecoveryEvent[]) => { value: number; evidence: string[] }): Metric => {
	return (view, window): Measure => {
		if (!planned(view.ledger)) return unseen('hard', 'harness', NONE);
		const events = recoveriesOf(view.ledger);
		const { value, evidence } = window.name === 'fault' ? found(view, events) : { value: 0, evidence: [] };
		const exposure = events.filter((e) => BEGINS.has(e.action)).length;
		const why = exposure === 0 ? 'nothing was recovered, so nothing was tested' : undefined;
		return { value, lo: value, hi: value, exposure, kind: 'hard', observedBy: 'harness', evidence: evidence.slice(0, 20), ...(why && { why }) };
	};
};

const named = (events: readonly RecoveryEvent[], startMs: number): string[] =>
	events.map((e) => `${e.action} ${e.target} at ${round((e.t - startMs) / 1000, 2)}s`);

/** Actions that the supervisor or the plan began. */
export const recoveries = count(({ ledger }, events) => {
	const begun = events.filter((e) => BEGINS.has(e.action));
	return { value: begun.length, evidence: named(begun, ledger.slice.startMs) };
});

/** Actions that did not end well; nodes that were given up, and roll-backs that failed in their turn, too. */
export const recoveryFailed = count(({ ledger }, events) => {
	const failed = events.filter((e) => !e.ok);
	return { value: failed.length, evidence: named(failed, ledger.slice.startMs) };
});

/** Actions beyond `most` in a window at one node: counted anew from what happened, not from what the limits let pass. */
export const recoveryStorm = count(({ ledger }, events) => {
	const limits = ledger.spec.recovery?.limits;
	if (!limits) return { value: 0, evidence: [] };
	const begun = events.filter((e) => e.by === 'supervisor' && BEGINS.has(e.action));
	const beyond = begun.filter((e) => begun.filter((o) => o.target === e.target && o.t > e.t - limits.windowMs && o.t <= e.t).length > limits.most);
	return { value: beyond.length, evidence: named(beyond, ledger.slice.startMs) };
});

/** When recovery had hold of each node: while it worked on it, and from taking it out to bringing it in. */
const held = (ledger: Ledger, events: readonly RecoveryEvent[]): { target: string; fromMs: number; toMs: number }[] =>
	events.flatMap((e, i) => {
		if (e.action === 'give-up') return [];
		if (e.action !== 'out' || !e.ok) return [{ target: e.target, fromMs: e.t, toMs: e.endMs }];
		const back = events.slice(i + 1).find((o) => o.target === e.target && o.action === 'in' && o.ok);
		return [{ target: e.target, fromMs: e.t, toMs: back?.endMs ?? ledger.slice.trafficEndMs }];
	});

/** The most nodes that recovery worked on, or held out, at the same time. */
export const outAtOnce = count(({ ledger }, events) => {
	const spans = held(ledger, events);
	let worstAt: string[] = [];
	for (const { fromMs } of spans) {
		const together = [...new Set(spans.filter((s) => s.fromMs <= fromMs && s.toMs > fromMs).map((s) => s.target))];
		if (together.length > worstAt.length) worstAt = together;
	}
	return { value: worstAt.length, evidence: worstAt.length > 1 ? [...worstAt].sort() : [] };
});

/** Out, in, and out again before it was stable, without a new fault that would explain it. */
export const flapping = count(({ ledger }, events) => {
	const stableMs = ledger.spec.recovery?.limits.stableMs;
	if (stableMs === undefined) return { value: 0, evidence: [] };
	const supervised = events.filter((e) => e.by === 'supervisor');
	const again = supervised.filter((e, i) => {
		if (!BEGINS.has(e.action)) return false;
		const back = supervised.slice(0, i).findLast((o) => o.target === e.target && o.ok && o.action !== 'out');
		if (!back || e.t - back.endMs >= stableMs) return false;
		// The action may come after the fault only; the previous one may have ended after it began to work.
		return !ledger.faults.some((f) => f.target === e.target && f.effectiveMs !== null && f.effectiveMs > back.t && f.effectiveMs <= e.t);
	});
	return { value: again.length, evidence: named(again, ledger.slice.startMs) };
});
