import { assess } from '../../src/checks/assess.js';
import { parseExpectation } from '../../src/model/bound.js';
import type { AttemptEvent, Event, FaultEvent, RequestEvent } from '../../src/model/event.js';
import type { Expectation, ExperimentSpec, FaultSpec, Plan } from '../../src/model/plan.js';
import type { ExperimentResult, VerdictWord } from '../../src/model/run.js';

/** `p99 <= 250ms`, as a user writes it. */
export const expect = (text: string): Expectation => {
	const found = parseExpectation(text);
	if ('expected' in found) throw new Error(`${text}: expected ${found.expected}`);
	return found;
};

export const planOf = (spec: Partial<ExperimentSpec> = {}, plan: Partial<Plan> = {}): Plan => {
	const faults: FaultSpec[] = spec.faults ?? [{ kind: 'kill', target: 'n2', atMs: 0, forMs: 10_000 }];
	const entry = { path: '/task', share: 0.5, headers: {}, body: null, ok: { op: '<', status: 400 } } as const;
	return {
		version: 1,
		file: null,
		seed: 7,
		demo: false,
		cluster: { replicas: 3, replica: { kind: 'http', serviceMs: 50 }, tap: true },
		subject: { kind: 'nginx', config: 'default' },
		traffic: {
			rate: 100,
			pacing: 'constant',
			timeoutMs: 5000,
			connections: 'pooled',
			mix: [
				{ ...entry, method: 'GET', idempotent: true },
				{ ...entry, method: 'POST', idempotent: false },
			],
		},
		experiments: [{ name: 'a replica is killed', faults, baselineMs: 4000, afterMs: 12_000, repeat: 1, expect: [], allow: [], line: null, ...spec }],
		...plan,
	};
};

/** What happens to one request of the scene; everything has a healthy default. */
export interface Fate {
	/** Replicas it reached, in order; the first by round robin unless told. */
	nodes?: string[];
	/** How often it was executed at each of these nodes; default: once at the last. */
	executed?: { node: string; afterMs?: number }[];
	outcome?: RequestEvent['outcome'];
	error?: string;
	/** What the client was answered; default 200 for ok, none for failed. */
	status?: number;
	/** What each replica answered that is not told to have executed it, or in place of the 200 of one that has; by node. */
	answers?: { node: string; status: number; afterMs?: number; injected?: true }[];
	mix?: number;
	latencyMs?: number;
	/** Tries that a witness told of. */
	attempts?: (Pick<AttemptEvent, 'node' | 'outcome'> & { afterMs?: number })[];
	/** When the first replica read it, after its intended time. */
	receiptMs?: number;
	method?: string;
}

export interface Scene {
	rate?: number;
	/** Phases, after the start of traffic (warm-up 500 ms). */
	baselineMs?: number;
	faultMs?: number;
	afterMs?: number;
	kind?: string;
	target?: string;
	by?: AttemptEvent['by'];
	/** Where to leave lines out: 'faults' (all of the one fault), 'effective', 'healed', 'lag', 'offered', 'end', 'ledger', 'receipts', 'ids'. */
	without?: string[];
	lagMs?: number;
	complete?: boolean;
	/** Called for each request: `at` is ms since the fault began (negative before). */
	fate?: ((request: { i: number; id: string; method: string; at: number; node: string }) => Fate | undefined) | undefined;
	/** More lines, times since the start of the experiment's traffic. */
	more?: Event[];
	startMs?: number;
	experiment?: number;
	firstId?: number;
}

/** A history as a run would write it: constant arrivals, GET and POST in turn, three nodes round robin, 50 ms each. */
export const history = (scene: Scene = {}): Event[] => {
	const { rate = 100, baselineMs = 4000, faultMs = 10_000, afterMs = 6000, kind = 'kill', target = 'n2', without = [], startMs = 1000, experiment = 0 } = scene;
	const faultAt = startMs + 500 + baselineMs;
	const healedAt = faultAt + faultMs;
	const stop = healedAt + afterMs;
	const end = stop + 5500;
	const has = (what: string): boolean => !without.includes(what);
	const events: Event[] = [];
	const phase = (name: 'start' | 'baseline' | 'fault' | 'after' | 'drain' | 'end', t: number, complete?: boolean): void => {
		events.push({ kind: 'phase', t, experiment, phase: name, ...(complete === undefined ? {} : { complete }) });
	};
	const step = (name: FaultEvent['step'], t: number, more: Partial<FaultEvent> = {}): void => {
		events.push({ kind: 'fault', t, experiment, fault: 0, faultKind: kind, target, step: name, ...more });
	};
	phase('start', startMs);
	phase('baseline', startMs + 500);
	phase('fault', faultAt);
	if (has('faults')) step('intended', faultAt);
	if (has('faults') && has('effective')) step('effective', faultAt, { by: 'waitpid', seenMs: faultAt + 2 });
	if (has('faults')) step('healing', healedAt - 100);
	if (has('faults') && has('healed')) step('healed', healedAt, { by: 'probe' });
	phase('after', healedAt);
	phase('drain', stop);
	if (has('end')) phase('end', end, scene.complete ?? true);
	if (has('lag')) for (let t = startMs; t < stop; t += 100) events.push({ kind: 'lag', t, process: 'generator', lagMs: scene.lagMs ?? 1.5 });

	const gap = 1000 / rate;
	let turn = 0;
	let sent = 0;
	for (let i = 0; startMs + i * gap < stop; i++) {
		const t = startMs + i * gap;
		const id = `r${(scene.firstId ?? 1) + i}`;
		const dead = has('faults') && t >= faultAt && t < healedAt - 100;
		let node = `n${(turn++ % 3) + 1}`;
		if (dead && node === target) node = `n${(turn++ % 3) + 1}`;
		const method = i % 2 === 0 ? 'GET' : 'POST';
		const fate = scene.fate?.({ i, id, method, at: t - faultAt, node }) ?? {};
		write(events, { t, id, method: fate.method ?? method, node, fate, scene, has });
		sent += 1;
	}
	if (has('offered')) events.push({ kind: 'offered', t: stop, experiment, intended: sent, sent, refused: 0 });
	events.push(...(scene.more ?? []));
	return events.sort((a, b) => a.t - b.t);
};

interface Writing {
	t: number;
	id: string;
	method: string;
	node: string;
	fate: Fate;
	scene: Scene;
	has: (what: string) => boolean;
}

const write = (events: Event[], { t, id, method, node, fate, scene, has }: Writing): void => {
	const outcome = fate.outcome ?? 'ok';
	const latency = fate.latencyMs ?? 52;
	const nodes = fate.nodes ?? [node];
	const known = has('ids') ? id : null;
	const sender = { path: '/task', mix: fate.mix ?? (method === 'POST' ? 1 : 0), idempotent: method !== 'POST' };
	events.push({
		kind: 'request',
		t,
		sentMs: t,
		endMs: t + latency,
		id,
		method,
		...sender,
		outcome,
		...(fate.status !== undefined ? { status: fate.status } : outcome === 'ok' ? { status: 200 } : { error: fate.error ?? 'timeout' }),
	});
	for (const { node: from, status, afterMs = 40, injected } of fate.answers ?? []) {
		events.push({ kind: 'response', t: t + afterMs, id: known, node: from, status, conn: 1, life: 1, ...(injected && { injected }) });
	}
	for (const [n, attempt] of (fate.attempts ?? (scene.by ? nodes.map((one) => ({ node: one, outcome }) as const) : [])).entries()) {
		const at = t + ('afterMs' in attempt && attempt.afterMs !== undefined ? attempt.afterMs : 0);
		events.push({
			kind: 'attempt',
			t: at,
			endMs: at + 50,
			id,
			n: n + 1,
			node: attempt.node,
			outcome: attempt.outcome === ('unfinished' as string) ? 'unknown' : attempt.outcome,
			by: scene.by ?? 'client',
		} as AttemptEvent);
	}
	for (const [n, one] of nodes.entries()) {
		const at = t + (fate.receiptMs ?? 1) + n * 10;
		if (has('receipts')) events.push({ kind: 'receipt', t: at, id: known, node: one, method, path: '/task', conn: 1, life: 1 });
		if (has('ledger')) events.push({ kind: 'received', t: at + 0.5, id: known, node: one, method });
	}
	const last = nodes.at(-1);
	for (const done of fate.executed ?? (outcome === 'ok' && last ? [{ node: last, afterMs: 50 }] : [])) {
		const at = t + (done.afterMs ?? 50);
		if (has('ledger')) events.push({ kind: 'executed', t: at, id: known, node: done.node, method });
		if (has('receipts')) events.push({ kind: 'response', t: at + 0.5, id: known, node: done.node, status: 200, conn: 1, life: 1 });
	}
};

/** A scene judged: one experiment's result, with these bounds asked. */
export const judged = (scene: Scene, expectations: string[] = [], spec: Partial<ExperimentSpec> = {}, plan: Partial<Plan> = {}): ExperimentResult => {
	const fault: FaultSpec = { kind: (scene.kind ?? 'kill') as FaultSpec['kind'], target: scene.target ?? 'n2', atMs: 0, forMs: scene.faultMs ?? 10_000 };
	return assess(history(scene), planOf({ expect: expectations.map(expect), faults: [fault], ...spec }, plan))[0]!;
};

/** The verdict of each asked check, by name. */
export const verdicts = (result: ExperimentResult): Record<string, VerdictWord> =>
	Object.fromEntries(result.checks.filter((c) => c.asked).map((c) => [c.name, c.verdict]));

/** Shares of requests failing in a stretch of the fault: every n-th, by ordinal. */
export const failing = (fromMs: number, toMs: number, every: number, fate: Fate = { outcome: 'failed', nodes: [] }): Scene['fate'] => {
	return ({ i, at }) => (at >= fromMs && at < toMs && i % every === 0 ? fate : undefined);
};
