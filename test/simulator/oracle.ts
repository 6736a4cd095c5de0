import type { Sight, TrueFault, TrueRequest, Truth } from '../../src/simulator/truth.js';

/** What the value certainly was: between these. Infinite `hi`: it never happened. */
export interface Known {
	lo: number;
	hi: number;
}

export interface Circumstances {
	truth: Truth;
	nodes: readonly string[];
	/** Start of the baseline, and end of traffic. */
	baselineMs: number;
	trafficEndMs: number;
	/** A probe later the heal is seen; so long the population may last longer. */
	probeMs: number;
}

const between = (...values: number[]): Known => ({ lo: Math.min(...values), hi: Math.max(...values) });
const median = (values: number[], q: number): number => values.sort((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length - 1e-9)) - 1] as number;
const latency = (r: TrueRequest): number => r.endMs - r.intendedMs;

/**
 * The value of each metric by docs/metrics.md, computed in the plainest way from what the simulated servers and users
 * counted, never from the history. Where a definition leaves room (bins, the moment a heal was seen) the interval is
 * wide enough for every reading.
 */
export const trueValues = (c: Circumstances): Record<string, Known> => valuesOf(c, false);

/** The hard counts over everything from the baseline on: what no upper bound may exceed. */
export const trueTotals = (c: Circumstances): Record<string, Known> => {
	const values = valuesOf(c, true);
	return Object.fromEntries(HARD.flatMap((name) => (values[name] ? [[name, values[name]]] : [])));
};
const HARD = ['replayed', 'doubleExecuted', 'nonIdempotentReplayed', 'nonIdempotentDoubleExecuted', 'ghost', 'late', 'lost'] as const;

const valuesOf = (c: Circumstances, everywhere: boolean): Record<string, Known> => {
	const { truth } = c;
	const all = [...truth.requests.values()].sort((a, b) => a.intendedMs - b.intendedMs);
	if (truth.faults.length === 0) return {};
	const population = (probeMs: number): TrueRequest[] =>
		all.filter((r) => (everywhere && r.intendedMs >= c.baselineMs) || truth.faults.some((f) => r.sentMs <= f.endedMs + probeMs && r.endMs >= f.beganMs));
	// The last request may be in or out by a hair.
	const populations = [population(-0.01), population(c.probeMs + 0.01)];
	const overBoth = (value: (of: TrueRequest[]) => number): Known => between(...populations.map(value));
	const count = (is: (r: TrueRequest) => boolean): Known => overBoth((of) => of.filter(is).length);
	const times = (what: 'reached' | 'executed', r: TrueRequest): number => truth.count(what, r.id);
	const twice = (r: TrueRequest): boolean => times('reached', r) > 1 || times('executed', r) > 1;
	const firstMs = Math.min(...truth.faults.map((f) => f.beganMs));
	const calm = all.filter((r) => r.intendedMs >= c.baselineMs && r.endMs < firstMs);
	const calmMs = (method: string): number => {
		const same = calm.filter((r) => r.method === method);
		return median((same.length > 0 ? same : calm).map(latency), 0.5);
	};
	const medians = new Map([...new Set(all.map((r) => r.method))].map((method) => [method, calmMs(method)]));
	/** A failure that came fast repays nobody. */
	const beyond = (r: TrueRequest): number => {
		const more = latency(r) - (medians.get(r.method) as number);
		return r.ok ? more : Math.max(0, more);
	};

	return {
		requests: overBoth((of) => of.length),
		availability: overBoth((of) => of.filter((r) => r.ok).length / of.length),
		p50Ms: overBoth((of) => median(of.map(latency), 0.5)),
		p99Ms: overBoth((of) => median(of.map(latency), 0.99)),
		clientTimeLostMs: overBoth((of) =>
			Math.max(
				0,
				of.reduce((sum, r) => sum + beyond(r), 0),
			),
		),
		amplification: overBoth((of) => of.reduce((sum, r) => sum + truth.count('attempts', r.id), 0) / of.length),
		replayed: count((r) => times('reached', r) > 1),
		doubleExecuted: count((r) => times('executed', r) > 1),
		nonIdempotentReplayed: count((r) => !r.idempotent && twice(r)),
		nonIdempotentDoubleExecuted: count((r) => !r.idempotent && times('executed', r) > 1),
		ghost: count((r) => !r.ok && times('executed', r) > 0),
		late: count((r) => (truth.executed.get(r.id) ?? []).some((x) => x.t > r.endMs)),
		lost: count((r) => r.ok && (r.status ?? 200) < 400 && times('executed', r) === 0),
		ambiguous: count((r) => !r.ok && times('reached', r) > 0 && times('executed', r) === 0),
		missedRetry: count((r) => !r.ok && times('reached', r) === 0),
		errorWindowMs: errorWindow(all, populations[1] as TrueRequest[], firstMs),
		timeToFailoverMs: worst(truth.faults.map((f) => failover(c, all, f))),
		timeToDetectMs: worst(truth.faults.map((f) => detection(c, all, f))),
		timeToRecoverMs: recovery(c, all, calm),
		failbackMs: worst(truth.faults.map((f) => failback(c, f))),
		loadSkew: between(...[0, c.probeMs].map((probeMs) => skew(c, probeMs))),
	};
};

const worst = (each: Known[]): Known => ({ lo: Math.max(...each.map((k) => k.lo)), hi: Math.max(...each.map((k) => k.hi)) });

const errorWindow = (all: TrueRequest[], population: TrueRequest[], firstMs: number): Known => {
	const failed = all.filter((r) => !r.ok && (population.includes(r) || r.intendedMs >= firstMs)).map((r) => r.intendedMs);
	if (failed.length === 0) return between(0);
	return between(Math.max(...failed) - Math.min(...failed));
};

/** The first of so many requests in a row, saved before anybody mended the fault, that luck alone has a chance below 1 %; at least 30. */
const failover = (c: Circumstances, all: TrueRequest[], fault: TrueFault): Known => {
	const sent = all.filter((r) => r.intendedMs >= fault.beganMs && r.intendedMs < fault.mendingMs);
	const saved = (r: TrueRequest): boolean => r.ok && r.endMs <= fault.mendingMs;
	let needed = 30;
	while ((1 - fault.share / c.nodes.length) ** needed > 0.01) needed += 1;
	for (let i = 0; i + needed <= sent.length; i++) {
		if (!sent.slice(i, i + needed).every(saved)) continue;
		const lastBad = sent.slice(0, i).findLast((r) => !r.ok);
		return { lo: lastBad ? lastBad.intendedMs - fault.beganMs : 0, hi: (sent[i] as TrueRequest).intendedMs - fault.beganMs };
	}
	const lastBad = sent.findLast((r) => !r.ok);
	return { lo: lastBad ? lastBad.intendedMs - fault.beganMs : 0, hi: Number.POSITIVE_INFINITY };
};

/** At least as long as more than half a fair share of tries went to the faulty node, at most until its last try. */
const detection = (c: Circumstances, all: TrueRequest[], fault: TrueFault): Known => {
	const during = (t: number): boolean => t >= fault.beganMs && t < fault.mendingMs;
	const tries = [...c.truth.attempts.values()].flat().filter((a: Sight) => a.node === fault.target && during(a.t));
	const fair = all.filter((r) => during(r.intendedMs)).length / c.nodes.length / ((fault.mendingMs - fault.beganMs) / 1000);
	let lo = 0;
	for (let from = fault.beganMs; from + 1000 <= fault.mendingMs; from += 1000) {
		const inBin = tries.filter((a) => a.t >= from && a.t < from + 1000).length;
		if (inBin >= 5 && inBin > fair / 2) lo = from - fault.beganMs;
	}
	return { lo, hi: tries.length === 0 ? 0 : Math.max(...tries.map((a) => a.t)) - fault.beganMs };
};

/** At least until 3 s follow in which goodput is at 80 % of what it was, at most a bin after the last failure. */
const recovery = (c: Circumstances, all: TrueRequest[], calm: TrueRequest[]): Known => {
	const healedMs = Math.max(...c.truth.faults.map((f) => f.endedMs));
	const after = all.filter((r) => r.intendedMs >= healedMs);
	const usual = calm.filter((r) => r.ok).length / calm.length;
	const binMs = Math.max(1000, (20 * (c.trafficEndMs - healedMs)) / Math.max(1, after.length));
	let good = 0;
	for (; healedMs + good + 3 * binMs <= c.trafficEndMs; good += 100) {
		const then = after.filter((r) => r.intendedMs >= healedMs + good && r.intendedMs < healedMs + good + 3 * binMs);
		if (then.filter((r) => r.ok).length >= 0.8 * usual * then.length) break;
	}
	const lastBad = after.findLast((r) => !r.ok);
	const quietMs = lastBad ? lastBad.intendedMs - healedMs + binMs : 0;
	return { lo: Math.max(0, good - binMs - c.probeMs), hi: healedMs + quietMs + 4 * binMs > c.trafficEndMs ? Number.POSITIVE_INFINITY : quietMs };
};

/** The first request that reached the node after its heal and was sent after it. */
const failback = (c: Circumstances, fault: TrueFault): Known => {
	const sent = (id: string): number => c.truth.requests.get(id)?.sentMs ?? 0;
	const first = (fromMs: number): number => {
		const then = [...c.truth.reached].flatMap(([id, at]) => (sent(id) < fromMs ? [] : at.filter((x) => x.node === fault.target).map((x) => x.t)));
		return Math.min(...then) - fromMs;
	};
	return between(first(fault.endedMs), first(fault.endedMs + c.probeMs + 0.01));
};

const skew = (c: Circumstances, probeMs: number): number => {
	const hurt = new Set(c.truth.faults.map((f) => f.target));
	const survivors = c.nodes.filter((n) => !hurt.has(n));
	const inFault = (t: number): boolean => c.truth.faults.some((f) => t >= f.beganMs && t < f.endedMs + probeMs);
	const seen = [...c.truth.reached.values()].flat().filter((x) => inFault(x.t));
	const counts = survivors.map((n) => seen.filter((x) => x.node === n).length);
	return Math.max(...counts) / (counts.reduce((a, b) => a + b, 0) / counts.length);
};
