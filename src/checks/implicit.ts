import type { Bound, Expectation, ExperimentSpec } from '../model/plan.js';
import { allowedOut } from '../resilience/recovery-limits.js';
import type { Judgement } from './judge.js';
import { isOwn } from './own-traffic.js';
import type { View } from './view.js';

const ZERO = { op: '==', value: 0, text: '== 0' } as const;
const ALWAYS = ['nonIdempotentDoubleExecuted', 'lost'] as const;

const upTo = (value: number): Bound => ({ op: '<=', value, text: `<= ${value}` });
const ALL = { op: '>=', value: 1, text: '>= 100%' } as const;

/**
 * Of recovery: no storm, no flapping, all of it ends well, and never more than the share of nodes out at once. What is
 * done on purpose, such as a rolling redeploy, has no excuse: it loses no request (and, as always, no acknowledged write).
 */
const ofRecovery = ({ recovery, actions = [], faults }: ExperimentSpec, nodes: number): Expectation[] => {
	const expected = (name: string, bound: Bound): Expectation => ({ name, metric: name, bound });
	if (!recovery && actions.length === 0) return [];
	return [
		...(recovery ? [expected('recoveryStorm', ZERO), expected('flapping', ZERO)] : []),
		expected('recoveryFailed', ZERO),
		expected('outAtOnce', upTo(recovery ? Math.max(allowedOut(recovery.limits.maxShare, nodes), actions.length) : Math.max(1, actions.length))),
		...(actions.length > 0 && faults.length === 0 ? [expected('availability', ALL)] : []),
	];
};

/**
 * Judged though nobody asked: non-idempotent requests executed twice, and lost ones, unless the experiment allows them by
 * name or asks for them itself. A mix without non-idempotent requests has nothing to execute twice.
 */
export const unasked = (spec: ExperimentSpec, view: View): Expectation[] => {
	if (spec.controlOf !== undefined) return [];
	const own = isOwn(view);
	const mayRepeat = (!own && view.ledger.plan.traffic.mix.some((m) => !m.idempotent)) || view.ledger.entries.some((e) => !e.request.idempotent);
	return [
		// Nobody can tell that an answer was lost work when nobody told of answers.
		...ALWAYS.filter((name) => (name === 'lost' ? !own : mayRepeat)).map((name) => ({ name, metric: name, bound: ZERO })),
		...ofRecovery(spec, view.ledger.plan.cluster.replicas),
	].filter(({ metric }) => !spec.allow.includes(metric) && !spec.expect.some((e) => e.metric === metric));
};

/**
 * Does an unasked check count? A fail does, and so does whatever makes the run itself unfit (lag, ids that do not join,
 * a drain that was cut off). Not what the experiment never set out to show: nothing exposed, or replicas that keep no
 * ledger. That is told in a note, and does not make the run inconclusive.
 */
export const counts = ({ verdict, by }: Judgement): boolean => verdict !== 'inconclusive' || by === 'gate' || by === 'unseen' || by === 'interval';
