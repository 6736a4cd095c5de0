import type { StateEvent } from '../../model/event.js';
import { round, unseen } from '../measure.js';
import type { Metric } from '../view.js';
import { type EventTime, effectiveFaults, worst } from './events.js';

/**
 * Fault effective → the registry no longer gives the node to who asks: until then a client that resolves its replicas
 * there is still sent to it. By the state lines of a watcher of the registry, until somebody begins to mend the fault.
 */
export const timeToDeregister: Metric = ({ ledger }) => {
	const by = ledger.plan.cluster.register?.kind;
	if (by === undefined) return unseen('time', 'witness', 'the replicas are registered nowhere (cluster.register)');
	const faults = effectiveFaults(ledger);
	if (faults.length === 0) return unseen('time', by, 'no fault was seen to take effect');
	const states = ledger.slice.events.filter((e): e is StateEvent => e.kind === 'state' && e.by === by);
	const times = faults.map(({ target, effectiveMs: from, seenMs, mendedMs: to }): EventTime => {
		const mine = states.filter((e) => e.endpoint === target);
		const before = mine.filter((e) => e.t < from).at(-1);
		if (before && before.state !== 'up')
			return { value: null, lo: null, hi: null, why: `${by} did not give ${target} before the fault: ${before.detail ?? before.state}` };
		const within = mine.filter((e) => e.t >= from && e.t <= to);
		const gone = within.find((e) => e.state === 'down');
		const blind = within.find((e) => e.state === 'unknown' && (!gone || e.t < gone.t));
		// It may have gone at any time since it was last seen to be given.
		if (gone && blind)
			return {
				value: null,
				lo: round(Math.max(0, blind.t - seenMs)),
				hi: round(gone.t - from),
				why: `${by} could not be asked meanwhile: ${blind.detail ?? ''}`,
			};
		if (gone) return { value: round(gone.t - from), lo: round(Math.max(0, gone.t - seenMs)), hi: round(gone.t - from) };
		if (blind) return { value: null, lo: round(Math.max(0, blind.t - seenMs)), hi: null, why: `${by} could not be asked: ${blind.detail ?? ''}` };
		return { value: null, lo: round(Math.max(0, to - seenMs)), hi: null, why: `${by} still gave ${target} when it was mended` };
	});
	return worst(times, by, '');
};
