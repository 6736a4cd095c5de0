import { formatDuration } from '../model/duration.js';
import type { Event } from '../model/event.js';
import type { Plan } from '../model/plan.js';
import { grpcCodeName } from '../wire/grpc.js';
import { classify, type LedgerClass } from './classes.js';
import { type Entry, endOf } from './entry.js';
import type { Ledger } from './join.js';
import { joinRun } from './run.js';
import { faultWindow } from './windows.js';

const MEANING: Record<LedgerClass, string> = {
	'ok-once': 'answered well, received and executed once',
	replayed: 'answered well and executed once, but received more than once',
	'double-executed': 'executed more than once',
	ghost: 'the client saw a failure, yet a replica executed it',
	late: 'executed after the client had given up',
	lost: 'the client saw success, yet no replica is known to have executed it',
	ambiguous: 'the client saw a failure; a replica received it and is not known to have executed it',
	'missed-retry': 'the client saw a failure though no replica is known to have received it: a retry was safe',
	unfinished: 'the run ended before it did',
	untold: 'sent by your own traffic, received once: how it ended there is in the exit code alone',
};

/** One request's story, a line per step in order of time, counted from its intended send time; null if this run does not know the id. */
export const explainRequest = (events: readonly Event[], plan: Plan, id: string): string[] | null => {
	for (const { ledger } of joinRun(events, plan)) {
		const lines = ledger && explain(ledger, id);
		if (lines) return lines;
	}
	return null;
};

export const explain = (ledger: Ledger, id: string): string[] | null => {
	const entry = ledger.byId.get(id);
	if (!entry) return null;
	const { request } = entry;
	const kind = request.idempotent ? 'idempotent' : 'not idempotent';
	const lines = [`${id}: ${request.method} ${request.path} (${kind}), intended ${at(ledger, request.t)} after the start of traffic${inFault(ledger, entry)}`];
	const steps = [...stepsOf(ledger, entry)].sort((a, b) => a.t - b.t);
	let before = request.t;
	for (const [i, { t, text }] of steps.entries()) {
		const gap = i === 0 ? 0 : t - before;
		lines.push(`${signed(t - request.t).padStart(9)}  ${text}${gap >= 100 ? `  (${formatDuration(gap)} later)` : ''}`);
		before = t;
	}
	const found = classify(entry);
	lines.push(`${found}: ${MEANING[found]}`);
	return lines;
};

interface Step {
	t: number;
	text: string;
}

function* stepsOf(ledger: Ledger, entry: Entry): Generator<Step> {
	const { request } = entry;
	if (request.sentMs - request.t >= 1) yield { t: request.sentMs, text: `sent ${formatDuration(request.sentMs - request.t)} late by the generator` };
	for (const a of entry.attempts) {
		const where = a.node ?? 'a node that the log does not name';
		const how = a.outcome === 'unsent' ? 'never left' : a.outcome === 'unknown' ? 'outcome unknown' : a.outcome;
		yield { t: a.t, text: `try ${a.n} at ${where} (${a.by}): ${how}${detail(a)} after ${formatDuration(a.endMs - a.t)}` };
	}
	for (const r of entry.receipts)
		yield { t: r.t, text: `received by the tap of ${r.node} (connection ${r.conn}, process ${r.life}${earlier(r.previousAttempts)})` };
	for (const r of entry.received) yield { t: r.t, text: `received by ${r.node}` };
	for (const x of entry.executions)
		yield {
			t: x.t,
			text: `executed by ${x.node}${x.by === 'tap' ? ' (a whole answer passed its tap)' : ''}${x.t > endOf(entry) ? ', after the client had ended' : ''}`,
		};
	for (const r of entry.responses) yield { t: r.t, text: r.injected ? `${heard(r)} made up by the fault at ${r.node}` : `answer ${heard(r)} left ${r.node}` };
	for (const f of ledger.faults) {
		const to = entry.state === 'open' ? ledger.slice.endMs : Math.max(request.endMs, ...entry.executions.map((x) => x.t));
		if (f.effectiveMs !== null && f.effectiveMs >= request.t && f.effectiveMs <= to) yield { t: f.effectiveMs, text: `${f.kind} takes effect at ${f.target}` };
		if (f.healedMs !== null && f.healedMs >= request.t && f.healedMs <= to) yield { t: f.healedMs, text: `${f.target} is healed` };
	}
	if (entry.state === 'untold') return;
	if (entry.state === 'open') yield { t: request.endMs, text: 'the run ended' };
	else yield { t: request.endMs, text: `the client ${entry.state === 'ok' ? 'has its answer' : 'gives up'}${detail(request)}` };
}

/** gRPC's code says more than the status of HTTP beneath it, which is 200 for good and bad. */
const detail = ({ status, grpcStatus, error }: { status?: number; grpcStatus?: number; error?: string }): string => {
	const said = grpcStatus !== undefined ? grpcCodeName(grpcStatus) : (status ?? error);
	return said === undefined ? '' : ` (${said})`;
};
const heard = ({ status, grpcStatus }: { status: number; grpcStatus?: number }): string | number =>
	grpcStatus === undefined ? status : grpcCodeName(grpcStatus);
/** As the one who sent it counted. */
const earlier = (attempts = 0): string => (attempts === 0 ? '' : `, after ${attempts} earlier ${attempts === 1 ? 'try' : 'tries'}`);
const at = (ledger: Ledger, t: number): string => formatDuration(t - ledger.slice.startMs);
const signed = (ms: number): string => `${ms < 0 ? '-' : '+'}${formatDuration(Math.abs(ms))}`;
const inFault = (ledger: Ledger, entry: Entry): string => (faultWindow(ledger).entries.includes(entry) ? ', met the fault' : '');
