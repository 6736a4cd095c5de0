import { formatValue } from '../model/bound.js';
import { formatDuration } from '../model/duration.js';
import type { ExperimentResult, FaultTimes } from '../model/run.js';

/** Within this distance of 1 - k/n a share is taken for "k of n nodes lost, and nobody noticed". */
const CLOSE = 0.03;

/**
 * What happened, in one sentence of plain words, from the metrics alone: who failed, for how long, when traffic moved
 * on, when the node served again. What was not seen is left out, never guessed.
 */
export const story = ({ metrics, events }: ExperimentResult, replicas: number | null): string => {
	const value = (name: string): number | null => metrics[name]?.value ?? null;
	const requests = value('requests');
	const availability = value('availability');
	if (requests === null || availability === null) return '';
	const failed = Math.round(requests * (1 - availability));
	const window = value('errorWindowMs');
	const parts = [
		failed === 0
			? `all ${requests} requests were answered`
			: `${failed} of ${requests} requests failed${window === null || window === 0 ? '' : ` within ${formatDuration(window)}`}`,
	];
	const failover = metrics.timeToFailoverMs;
	if (failed > 0 && failover?.value !== null && failover?.value !== undefined)
		parts.push(
			failover.value === 0
				? 'all of them under way when it struck: what was sent later was answered'
				: `then traffic moved on (after ${formatDuration(failover.value)})`,
		);
	if (failover?.value === null && failover.lo !== null && failover.lo > 0) parts.push(`no failover within ${formatDuration(failover.lo)}`);
	const lost = mostAtOnce(events);
	if (replicas !== null && replicas > 1 && lost > 0 && lost < replicas && Math.abs(availability - (1 - lost / replicas)) < CLOSE)
		parts.push(`${formatValue(availability, 'ratio')} is what ${replicas - lost} of ${replicas} nodes give when nobody takes the dead one out`);
	const failback = value('failbackMs');
	const names = [...new Set(events.map((e) => e.target))].join(', ');
	if (failback !== null) parts.push(`${names} served again ${formatDuration(Math.max(0, failback))} after it was healed`);
	const doubled = value('nonIdempotentDoubleExecuted');
	const replayed = value('nonIdempotentReplayed');
	if (doubled !== null && doubled > 0) parts.push(`${doubled} non-idempotent requests were executed twice`);
	else if (replayed !== null && replayed > 0) parts.push(`${replayed} non-idempotent requests were delivered twice`);
	return parts.join('; ');
};

/** How many nodes were under a fault at the same time; one that flapped, or a roll over all of them, is one. */
const mostAtOnce = (events: readonly FaultTimes[]): number =>
	Math.max(
		0,
		...events.map(
			({ intendedMs: t }) => new Set(events.filter((e) => e.intendedMs <= t && t < (e.healedMs ?? Number.POSITIVE_INFINITY)).map((e) => e.target)).size,
		),
	);
