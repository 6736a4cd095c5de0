import { receptions } from '../ledger/entry.js';
import { missing } from '../ledger/slice.js';
import { formatValue } from '../model/bound.js';
import { formatDuration } from '../model/duration.js';
import { METRICS } from '../model/metrics.js';
import { lagOf } from './lag.js';
import { availability } from './metrics/availability.js';
import { hadTraffic } from './metrics/events.js';
import { p50, p99 } from './metrics/latency.js';
import { isOwn, notesOfOwn } from './own-traffic.js';
import type { View } from './view.js';

/** What the run says about its own fitness: one line each, in plain words. */
export const notesOf = (view: View): string[] => {
	const { ledger, baseline, fault } = view;
	const notes: string[] = [];
	const n = baseline.settled.length;
	if (isOwn(view)) notes.push(...notesOfOwn(view));
	else if (n === 0) notes.push('the baseline holds no request');
	else {
		const ok = availability(view, baseline).value ?? 0;
		notes.push(`baseline: ${n} requests, ${formatValue(ok, 'ratio')} ok, p50 ${ms(p50(view, baseline).value)}, p99 ${ms(p99(view, baseline).value)}`);
	}
	const lag = lagOf(ledger, METRICS[0]!);
	if (lag) notes.push(`generator lag p99 ${formatDuration(lag.p99)}`);
	const open = fault.entries.length - fault.settled.length;
	if (open > 0 && !isOwn(view)) notes.push(`${open} requests were still open when the run ended, before their timeout: they count in no rate`);
	const gap = missing(ledger.slice);
	if (gap !== null) notes.push(`${gap}: counts are lower bounds`);
	if (view.uncorrelated) notes.push(`what servers saw cannot be joined with what clients saw: ${view.uncorrelated.why}`);
	for (const f of ledger.faults) {
		if (f.failed !== undefined) notes.push(`${f.kind} at ${f.target}: ${f.failed}`);
		if (ledger.nodes.includes(f.target) && !hadTraffic(ledger, f, baseline.spans[0]?.fromMs ?? 0))
			notes.push(`${f.target} had no traffic before or during its ${f.kind}`);
	}
	const inFault = new Set(fault.entries);
	const elsewhere = ledger.entries.filter((e) => !inFault.has(e) && !e.request.idempotent && (receptions(e) > 1 || e.executions.length > 1));
	if (elsewhere.length > 0) {
		const ids = elsewhere.slice(0, 3).map((e) => e.request.id);
		notes.push(`outside the fault, ${elsewhere.length} non-idempotent requests were received or executed more than once: ${ids.join(', ')}`);
	}
	for (const event of ledger.slice.events) if (event.kind === 'note' && event.damaged === undefined) notes.push(event.text);
	return notes;
};

const ms = (value: number | null): string => (value === null ? 'unknown' : formatDuration(value));
