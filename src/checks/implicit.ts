import type { Expectation, ExperimentSpec } from '../model/plan.js';
import type { Judgement } from './judge.js';
import { isOwn } from './own-traffic.js';
import type { View } from './view.js';

const ZERO = { op: '==', value: 0, text: '== 0' } as const;
const ALWAYS = ['nonIdempotentDoubleExecuted', 'lost'] as const;

/**
 * Judged though nobody asked: non-idempotent requests executed twice, and lost ones, unless the experiment allows them by
 * name or asks for them itself. A mix without non-idempotent requests has nothing to execute twice.
 */
export const unasked = (spec: ExperimentSpec, view: View): Expectation[] => {
	const own = isOwn(view);
	const mayRepeat = (!own && view.ledger.plan.traffic.mix.some((m) => !m.idempotent)) || view.ledger.entries.some((e) => !e.request.idempotent);
	// Nobody can tell that an answer was lost work when nobody told of answers.
	return ALWAYS.filter((name) => (name === 'lost' ? !own : mayRepeat))
		.filter((name) => !spec.allow.includes(name) && !spec.expect.some((e) => e.metric === name))
		.map((name) => ({ name, metric: name, bound: ZERO }));
};

/**
 * Does an unasked check count? A fail does, and so does whatever makes the run itself unfit (lag, ids that do not join,
 * a drain that was cut off). Not what the experiment never set out to show: nothing exposed, or replicas that keep no
 * ledger. That is told in a note, and does not make the run inconclusive.
 */
export const counts = ({ verdict, by }: Judgement): boolean => verdict !== 'inconclusive' || by === 'gate' || by === 'unseen' || by === 'interval';
