import type { TrafficEvent } from '../model/event.js';
import type { MetricInfo } from '../model/metrics.js';
import type { Bound } from '../model/plan.js';
import type { Measure } from '../model/run.js';
import type { View } from './view.js';

/** What servers alone can tell; all else needs a client that writes down what it sent and what it heard. */
const SERVER_SIDE: ReadonlySet<string> = new Set([
	'replayed',
	'doubleExecuted',
	'nonIdempotentReplayed',
	'nonIdempotentDoubleExecuted',
	'loadSkew',
	'failbackMs',
	'timeToDeregisterMs',
	'recoveryMs',
	'recoveries',
	'recoveryFailed',
	'recoveryStorm',
	'outAtOnce',
	'flapping',
]);

export const isOwn = (view: View): boolean => view.ledger.plan.traffic.command !== undefined;

export const seenByServers = (metric: string): boolean => SERVER_SIDE.has(metric);

/** The same measure, if somebody saw it: the user's own traffic tells daruma of no request. */
export const asOwn = (view: View, metric: string, found: Measure): Measure =>
	!isOwn(view) || seenByServers(metric)
		? found
		: {
				...found,
				value: null,
				lo: null,
				hi: null,
				exposure: view.fault.entries.length,
				evidence: [],
				observedBy: 'client',
				why: 'your own traffic tells its exit code and nothing of single requests',
			};

/** The exit code as a measure, and why it may decide nothing; null where there is none to judge: it was not over when its time was. */
export interface Ending {
	measure: Measure;
	bound: Bound;
	info: MetricInfo;
	/** When it ended, on the run's clock. */
	endedMs: number;
	detail: string | undefined;
}

export const COMMAND: MetricInfo = { name: 'command', alias: 'command', unit: 'count', summary: 'exit code of your own traffic' };

export const endingOf = ({ ledger }: View): Ending | null => {
	const ended = ledger.slice.events.find((e): e is TrafficEvent => e.kind === 'traffic' && e.step === 'ended');
	if (!ended || ended.code === undefined) return null;
	const { code } = ended;
	return {
		measure: { value: code, lo: code, hi: code, exposure: 1, kind: 'hard', observedBy: 'command', evidence: [] },
		bound: { op: '==', value: 0, text: '== 0' },
		info: COMMAND,
		endedMs: ended.t,
		detail: ended.detail,
	};
};

/** What to say of the command where its exit code says nothing. */
export const notesOfOwn = (view: View): string[] => {
	const { ledger, baseline } = view;
	const { events, phases } = ledger.slice;
	const notes = [`baseline: ${baseline.entries.length} requests of your own traffic reached the nodes with an id`];
	const traffic = events.filter((e): e is TrafficEvent => e.kind === 'traffic');
	if (traffic.some((e) => e.step === 'stopped')) notes.push('your command was still running when its time was over and was ended: its exit code is not judged');
	const ended = traffic.find((e) => e.step === 'ended');
	if (ended && (phases.drain ?? Number.POSITIVE_INFINITY) > ended.t && (phases.after === undefined || ended.t < phases.after))
		notes.push(
			`your command ended ${ledger.faults.some((f) => f.effectiveMs !== null && f.effectiveMs <= ended.t) ? 'during' : 'before'} the fault: what was left of it was not seen`,
		);
	return notes;
};
