import { missing } from '../ledger/slice.js';
import { formatValue } from '../model/bound.js';
import { formatDuration } from '../model/duration.js';
import type { MetricInfo } from '../model/metrics.js';
import type { Bound } from '../model/plan.js';
import type { Measure } from '../model/run.js';
import { compare, isUpper, satisfies } from './bounds.js';
import { METRIC_FUNCTIONS } from './index.js';
import { lagOf } from './lag.js';
import { hadTraffic } from './metrics/events.js';
import { recoveriesOf } from './metrics/recovery.js';
import { isOwn, seenByServers } from './own-traffic.js';
import type { View } from './view.js';

/** A reason why this run cannot decide a check, and what would. A broken gate never turns anything into a pass, nor touches a proven counter-example. */
export interface Gate {
	name: 'stage' | 'effective' | 'exposure' | 'healed' | 'offered' | 'lag' | 'baseline' | 'correlation' | 'drain';
	why: string;
	next: string;
}
/** The broken ones, most fundamental first. */
export type Gates = readonly Gate[];

interface Question {
	view: View;
	info: MetricInfo;
	bound: Bound;
	measure: Measure;
}

export const brokenGates = (view: View, info: MetricInfo, bound: Bound, measure: Measure): Gates => {
	const question = { view, info, bound, measure };
	return GATES.map((gate) => gate(question)).filter((g): g is Gate => g !== null);
};

/** The fault must have been there, seen by somebody else than who injected it. */
const effective = ({ view }: Question): Gate | null => {
	const { faults, spec } = view.ledger;
	const missing = faults.find((f) => f.effectiveMs === null);
	if (missing) {
		return {
			name: 'effective',
			why: `the ${missing.kind} at ${missing.target}${missing.nth === undefined ? '' : ` (time ${missing.nth})`} was not seen to take effect${missing.failed ? `: ${missing.failed}` : ''}`,
			next: 'look at the log of the node, and run again',
		};
	}
	const absent = spec.faults.find((planned, i) => {
		const seen = faults.filter((f) => f.index === i);
		return seen.length < (planned.flap?.times ?? 1) * Math.max(1, new Set(seen.map((f) => f.target)).size);
	});
	if (absent?.flap)
		return { name: 'effective', why: `the ${absent.kind} at ${absent.target} did not come all ${absent.flap.times} times`, next: 'let the run finish' };
	if (absent) return { name: 'effective', why: `the planned ${absent.kind} at ${absent.target} was never injected`, next: 'let the run finish' };
	if (faults.length === 0 && spec.actions?.length) return rolled(view);
	if (faults.length === 0) return { name: 'effective', why: 'no fault was injected', next: 'plan a fault' };
	return null;
};

/** So many requests, all good, prove that fewer than 1 % are lost (0.99^299 < 5 %); so many writes, fewer than 5 %. */
const ENOUGH = { requests: 299, writes: 59 } as const;

/** Without a fault, an action must have happened. */
const rolled = ({ ledger }: View): Gate | null => {
	if (recoveriesOf(ledger).some((e) => e.by === 'plan')) return null;
	return { name: 'effective', why: 'the planned action did not happen', next: 'let the run finish' };
};

/** That an action loses nothing takes enough that it could have lost. */
const enough = ({ view, info }: Question): Gate | null => {
	const { spec } = view.ledger;
	if (!spec.actions?.length || spec.faults.length > 0 || (info.name !== 'availability' && info.name !== 'lost')) return null;
	const requests = view.fault.settled.length;
	const writes = view.fault.settled.filter((e) => e.state === 'ok' && !e.request.idempotent).length;
	const short = requests < ENOUGH.requests ? `${ENOUGH.requests - requests} more requests` : '';
	if (short !== '') return { name: 'exposure', why: `only ${requests} requests while it was under way`, next: `needs ${short}: raise the rate` };
	if (info.name !== 'lost' || writes >= ENOUGH.writes) return null;
	return {
		name: 'exposure',
		why: `only ${writes} acknowledged writes while it was under way`,
		next: `needs ${ENOUGH.writes - writes} more: raise the rate, or the share of non-idempotent requests`,
	};
};

/** A fault on a node without traffic disturbs nobody. */
const traffic = ({ view }: Question): Gate | null => {
	const { ledger, baseline } = view;
	const from = baseline.spans[0]?.fromMs ?? ledger.slice.startMs;
	if (ledger.faults.length === 0 || ledger.faults.some((f) => hadTraffic(ledger, f, from))) return null;
	const names = [...ledger.targets].join(', ');
	return {
		name: 'exposure',
		why: `${names} had no traffic before or during the fault, so nothing was tested`,
		next: 'break a node that the subject uses (target), or raise the rate',
	};
};

const AFTER_HEAL: ReadonlySet<string> = new Set(['timeToRecoverMs', 'failbackMs']);

const healed = ({ view, info }: Question): Gate | null => {
	const open = AFTER_HEAL.has(info.name) ? view.ledger.faults.find((f) => f.healedMs === null) : undefined;
	return open ? { name: 'healed', why: `the ${open.kind} at ${open.target} was not seen to heal`, next: 'look at the log of the node, and run again' } : null;
};

/** The generator must have offered what was planned: refused or missing requests are ours, not the subject's. */
const offered = ({ view }: Question): Gate | null => {
	if (isOwn(view)) return null;
	const next = 'lower the rate, or run on a less busy machine';
	const { offered: told } = view.ledger.slice;
	if (told.length === 0) return { name: 'offered', why: 'the generator did not report what it sent', next: 'let the run finish' };
	const intended = told.reduce((n, o) => n + o.intended, 0);
	const sent = told.reduce((n, o) => n + o.sent, 0);
	const refused = told.reduce((n, o) => n + o.refused, 0);
	if (refused > 0) return { name: 'offered', why: `the generator itself refused ${refused} of ${intended} requests`, next };
	if (sent < 0.99 * intended) return { name: 'offered', why: `only ${sent} of ${intended} requests were sent in time`, next };
	const known = view.ledger.entries.length;
	if (known < 0.99 * sent)
		return { name: 'offered', why: `the history knows ${known} of ${sent} requests that were sent`, next: 'look at the log of the generator, and run again' };
	return null;
};

/** A harness that was late itself must not blame the cluster. */
const lag = ({ view, info, bound, measure }: Question): Gate | null => {
	const timeout = view.ledger.plan.traffic.timeoutMs;
	const own = info.unit === 'ms' && bound.value > 0 ? bound.value : timeout;
	const limit = 0.1 * Math.min(own, timeout);
	// A late tap makes answers later, never earlier: a time that held all the same holds.
	const heldAnyway = isUpper(bound) && compare(measure.lo, measure.hi, bound) === 'holds';
	const worst = lagOf(view.ledger, info, !heldAnyway);
	// The user's own traffic is not ours to be late with, and counts do not depend on when.
	if (!worst && isOwn(view)) return null;
	if (!worst) return { name: 'lag', why: "the generator's lag was not recorded", next: 'let the run finish' };
	if (worst.p99 <= limit) return null;
	return {
		name: 'lag',
		why: `${worst.process} itself was late: p99 of its lag was ${formatDuration(worst.p99)}, more than 10 % of ${formatDuration(limit * 10)}`,
		next: 'run on a less busy machine, or at a lower rate',
	};
};

/** In which direction a bound of these metrics speaks of health; their baseline must satisfy it, or the fault is not what broke it. */
const HEALTHY: Readonly<Record<string, readonly string[]>> = {
	availability: ['>', '>=', '=='],
	p50Ms: ['<', '<=', '=='],
	p99Ms: ['<', '<=', '=='],
	amplification: ['<', '<=', '=='],
	loadSkew: ['<', '<='],
};
const COUNTS_ERRORS: ReadonlySet<string> = new Set(['errorWindowMs', 'timeToFailoverMs']);

const baseline = ({ view, info, bound }: Question): Gate | null => {
	const { baseline: window } = view;
	const next = 'first make the undisturbed cluster hold the bound, or loosen it';
	if (isOwn(view)) {
		// What reached no node with an id was still traffic for the exit code; hadTraffic asks for that.
		if (window.entries.length > 0 || !seenByServers(info.name)) return null;
		return {
			name: 'baseline',
			why: 'no request of your own traffic reached a node with an id in the baseline',
			next: 'let it send an id with each request (--correlate "header x-request-id"), or lengthen the baseline',
		};
	}
	if (window.settled.length === 0) return { name: 'baseline', why: 'no request in the baseline', next: 'lengthen the baseline, or raise the rate' };
	if (COUNTS_ERRORS.has(info.name)) {
		const failed = window.settled.filter((e) => e.state === 'failed').length;
		if (failed > 0.01 * window.settled.length)
			return {
				name: 'baseline',
				why: `${failed} of ${window.settled.length} requests failed before the fault`,
				next: 'first make the undisturbed cluster healthy',
			};
	}
	if (!HEALTHY[info.name]?.includes(bound.op)) return null;
	const before = METRIC_FUNCTIONS[info.name]?.(view, window);
	const value = info.name === 'loadSkew' ? before?.lo : before?.value;
	if (value === null || value === undefined || satisfies(value, bound)) return null;
	return { name: 'baseline', why: `before the fault it was ${formatValue(value, info.unit)} already`, next };
};

/** Only what was seen on both sides depends on ids. */
const correlation = ({ view, measure }: Question): Gate | null =>
	view.uncorrelated && (measure.observedBy === 'tap' || measure.observedBy === 'replica') ? { name: 'correlation', ...view.uncorrelated } : null;

const BOTH_SIDES: ReadonlySet<string> = new Set([
	'replayed',
	'doubleExecuted',
	'nonIdempotentReplayed',
	'nonIdempotentDoubleExecuted',
	'ghost',
	'late',
	'lost',
	'ambiguous',
	'missedRetry',
]);

/** What was not read, or came too late to be seen, may be the counter-example. */
const whole = ({ view, info }: Question): Gate | null => {
	const why = BOTH_SIDES.has(info.name) ? missing(view.ledger.slice) : null;
	if (why === null) return null;
	return {
		name: 'drain',
		why,
		next: view.ledger.slice.drained ? 'see that nothing else writes into the history, and run again' : 'let the run wait for client timeouts and busy replicas',
	};
};

const GATES: readonly ((q: Question) => Gate | null)[] = [effective, traffic, enough, healed, offered, lag, baseline, correlation, whole];
