import { assess } from '../../src/checks/assess.js';
import { isUnreadable, parseBound } from '../../src/model/bound.js';
import type { Event } from '../../src/model/event.js';
import { FAULT_KINDS } from '../../src/model/fault.js';
import { METRICS, type MetricInfo } from '../../src/model/metrics.js';
import type { Bound, Expectation, FaultSpec, MixEntry, Plan } from '../../src/model/plan.js';
import { type Rng, rng } from '../../src/model/rng.js';
import type { Check } from '../../src/model/run.js';
import { simulate } from '../../src/simulator/simulate.js';
import { BEHAVIOURS, type CorpusClient, corpusClients } from './clients.js';
import { type Known, trueTotals, trueValues } from './oracle.js';
import { entry, fault, plan } from './stage.js';

/** How much of what happened the history tells. A verdict may become inconclusive for want of sight, never wrong. */
export const SIGHTS = ['whole', 'taps-alone', 'no-witness', 'lost-ids', 'late-harness', 'cut-off'] as const;
export type Sight = (typeof SIGHTS)[number];

export interface Finding {
	seed: number;
	client: string;
	fault: string;
	sight: Sight;
	check: Check;
	truth: Known;
	wrong: string;
}

export interface Tally {
	pass: number;
	fail: number;
	inconclusive: number;
}

export interface Report {
	findings: Finding[];
	/** Verdicts by metric, of histories that tell everything. */
	tallies: Record<string, Tally>;
	requests: number;
}

const CLIENTS = corpusClients();
/** The whole numbers from `from` up to, not including, `to`. */
export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const pick = <T>(chance: Rng, from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
const between = (chance: Rng, lo: number, hi: number): number => lo + Math.floor(chance.next() * (hi - lo + 1));

const VALUES: Record<MetricInfo['unit'], readonly string[]> = {
	ms: ['0', '50ms', '120ms', '300ms', '600ms', '1s', '1.5s', '2s', '4s'],
	ratio: ['100%', '99.9%', '99%', '97%', '90%', '66%', '40%'],
	count: ['0', '1', '5', '20'],
	factor: ['1', '1.1', '1.3', '2', '4'],
};

const boundOn = (metric: MetricInfo, chance: Rng): Bound => {
	const value = pick(chance, VALUES[metric.unit]);
	const op = metric.unit === 'ratio' ? pick(chance, ['>=', '>=', '>=', '<']) : pick(chance, ['<=', '<=', '<', '==', '>', '>=', '!=']);
	const bound = parseBound(`${metric.unit === 'count' && chance.next() < 0.5 ? '==' : op} ${value}`, metric);
	if (isUnreadable(bound)) throw new Error(bound.expected);
	return bound;
};

const expectations = (chance: Rng): Expectation[] =>
	METRICS.flatMap((metric) => [0, 1].map((n) => ({ name: metric.alias, metric: metric.name, bound: boundOn(metric, chance.fork(`${metric.name} ${n}`)) })));

/** Sometimes users who take an error for an answer: of one kind of request, or of all. */
const tolerant = (chance: Rng, mix: MixEntry[]): MixEntry[] => {
	if (chance.next() > 0.2) return mix;
	const ok = { op: '<', status: pick(chance, [500, 600]) } as const;
	return chance.next() < 0.5 ? mix.map((e) => ({ ...e, ok })) : mix.map((e, i) => (i === 0 ? { ...e, ok } : e));
};

const anyFaults = (chance: Rng, replicas: number): FaultSpec[] => {
	const kind = pick(
		chance,
		FAULT_KINDS.filter((each) => each !== 'partition'),
	);
	const first = fault(kind, {
		forMs: between(chance, 1500, 5000),
		target: chance.next() < 0.15 && replicas > 2 ? 'majority' : 'one',
		...(kind === 'drop' ? { share: pick(chance, [0.1, 0.5, 1]), unit: pick(chance, ['request', 'connection'] as const) } : {}),
		...(kind === 'error' ? { status: pick(chance, [500, 503, 429]), share: pick(chance, [0.3, 1]) } : {}),
		...(kind === 'delay' ? { latencyMs: pick(chance, [30, 300, 900]), jitterMs: pick(chance, [0, 20]) } : {}),
		...(kind === 'crash' ? { methods: pick(chance, [[], ['POST']]) } : {}),
	});
	if (first.target === 'majority' || chance.next() > 0.2) return [first];
	// A second one at another node, by name, and sometimes a third: they may overlap.
	const second = fault(pick(chance, ['freeze', 'blackhole', 'kill']), { target: 'n2', atMs: between(chance, 0, 3000), forMs: 1500 });
	const third = fault(pick(chance, ['reset', 'error', 'crash', 'delay']), { target: 'n3', atMs: between(chance, 0, 3000), forMs: 1500 });
	return [{ ...first, target: 'n1' }, second, ...(replicas > 2 && chance.next() < 0.4 ? [third] : [])];
};

export const scene = (seed: number): { plan: Plan; client: CorpusClient; sight: Sight; simulated: ReturnType<typeof simulate> } => {
	const chance = rng(seed).fork('corpus');
	const client = CLIENTS[seed % CLIENTS.length] as CorpusClient;
	const replicas = between(chance, 2, 5);
	const p = plan({
		seed,
		replicas,
		serviceMs: pick(chance, [1, 20, 50, 90]),
		client: client.spec,
		traffic: {
			rate: pick(chance, [15, 60, 150]),
			pacing: pick(chance, ['constant', 'poisson']),
			timeoutMs: pick(chance, [700, 2000, 4000]),
			mix: tolerant(chance.fork('tolerant'), [entry('GET', 1), entry('POST', pick(chance, [0.3, 1, 3]))]),
		},
		faults: anyFaults(chance.fork('faults'), replicas),
		baselineMs: between(chance, 1500, 4000),
		afterMs: between(chance, 2500, 7000),
		expect: expectations(chance.fork('expect')),
	});
	const sight = chance.fork('sight').next() < 0.5 ? 'whole' : pick(chance.fork('which'), SIGHTS);
	return { plan: p, client, sight, simulated: simulate(p, BEHAVIOURS[client.behaviour]) };
};

/** The history as an observer with less sight would have written it. */
export const seenBy = (sight: Sight, events: readonly Event[], chance: Rng): Event[] => {
	switch (sight) {
		case 'whole':
			return [...events];
		case 'taps-alone':
			return events.filter((e) => e.kind !== 'received' && e.kind !== 'executed');
		case 'no-witness':
			return events.filter((e) => e.kind !== 'attempt');
		case 'lost-ids': {
			const share = pick(chance, [0.02, 0.3, 1]);
			return events.map((e) =>
				(e.kind === 'receipt' || e.kind === 'response' || e.kind === 'received' || e.kind === 'executed') && chance.fork(`${e.id} ${e.node}`).next() < share
					? { ...e, id: null }
					: e,
			);
		}
		case 'late-harness':
			return events.map((e) => (e.kind === 'lag' && e.process === 'generator' ? { ...e, lagMs: 900 } : e));
		case 'cut-off': {
			const drain = events.find((e) => e.kind === 'phase' && e.phase === 'drain');
			return events.filter((e) => e.t < (drain?.t ?? 0) || e.kind === 'offered').map((e) => (e.kind === 'offered' ? { ...e, t: drain?.t ?? e.t } : e));
		}
	}
};

/** A whole percent or a millisecond's thousandth apart is no difference that anybody claims to see. */
const EPSILON: Record<MetricInfo['unit'], number> = { ms: 0.01, ratio: 1e-9, count: 0, factor: 1e-4 };

/** Does the bound certainly hold, certainly not, or may it be either? */
export const certain = ({ lo, hi }: Known, { op, value }: Bound, unit: MetricInfo['unit']): 'holds' | 'broken' | 'either' => {
	const low = lo - EPSILON[unit];
	const high = hi + EPSILON[unit];
	const exact = lo === hi && (unit === 'count' || lo === value);
	if (Number.isNaN(lo) || Number.isNaN(hi)) return 'either';
	switch (op) {
		case '<':
			return high < value ? 'holds' : low >= value || (exact && lo >= value) ? 'broken' : 'either';
		case '<=':
			return high <= value || (exact && lo <= value) ? 'holds' : low > value ? 'broken' : 'either';
		case '>':
			return low > value ? 'holds' : high <= value || (exact && lo <= value) ? 'broken' : 'either';
		case '>=':
			return low >= value || (exact && lo >= value) ? 'holds' : high < value ? 'broken' : 'either';
		case '==':
			return exact && lo === value ? 'holds' : low > value || high < value ? 'broken' : 'either';
		case '!=':
			return low > value || high < value ? 'holds' : exact && lo === value ? 'broken' : 'either';
	}
};

/** A hard count is bounded from above in the whole experiment: what happened outside the fault breaks such a bound too. */
const everywhere = (inFault: ReturnType<typeof certain>, total: Known | undefined, bound: Bound): ReturnType<typeof certain> => {
	if (total === undefined || bound.op === '>' || bound.op === '>=' || bound.op === '!=') return inFault;
	const all = certain(total, { ...bound, op: bound.op === '<' ? '<' : '<=' }, 'count');
	return all === 'broken' ? 'broken' : all === 'either' && inFault === 'holds' ? 'either' : inFault;
};

/** `count` seeds from `from` on that all play the same client. */
export const seedsOf = (client: string, from: number, count: number): number[] => {
	const index = CLIENTS.findIndex((c) => c.name === client);
	const first = from + ((((index - from) % CLIENTS.length) + CLIENTS.length) % CLIENTS.length);
	return Array.from({ length: count }, (_, i) => first + i * CLIENTS.length);
};

/** Plays the seeds, judges each history, and compares every verdict with the truth. `forge` alters each history first: to see that a wrong one is found out. */
export const corpus = (seeds: Iterable<number>, forge?: (events: Event[]) => Event[]): Report => {
	const report: Report = { findings: [], tallies: {}, requests: 0 };
	for (const seed of seeds) {
		const { plan: p, client, sight, simulated } = scene(seed);
		const events = forge ? forge(simulated.events) : seenBy(sight, simulated.events, rng(seed).fork('blind'));
		const [result] = assess(events, p);
		const truth = simulated.truths[0];
		if (!result || !truth) throw new Error(`seed ${seed}: no result`);
		const phase = (name: string): number => simulated.events.find((e) => e.kind === 'phase' && e.phase === name)?.t ?? Number.NaN;
		const serviceMs = p.cluster.replica.kind === 'http' ? p.cluster.replica.serviceMs : 0;
		const nodes = Array.from({ length: p.cluster.replicas }, (_, i) => `n${i + 1}`);
		const circumstances = { truth, nodes, baselineMs: phase('baseline'), trafficEndMs: phase('drain'), probeMs: serviceMs + 0.4 };
		const values = trueValues(circumstances);
		const totals = trueTotals(circumstances);
		report.requests += truth.requests.size;
		for (const check of result.checks) {
			const info = METRICS.find((m) => m.name === check.metric) as MetricInfo;
			const known = values[check.metric];
			const bound = parseBound(check.bound, info);
			if (!known || isUnreadable(bound)) continue;
			// Where nothing was exposed, inconclusive is the answer, not a weakness of the judge.
			if (sight === 'whole' && check.exposure > 0) {
				report.tallies[check.metric] ??= { pass: 0, fail: 0, inconclusive: 0 };
				(report.tallies[check.metric] as Tally)[check.verdict] += 1;
			}
			const really = everywhere(certain(known, bound, info.unit), totals[check.metric], bound);
			const wrong =
				check.verdict === 'pass' && really === 'broken' ? 'passes what is broken' : check.verdict === 'fail' && really === 'holds' ? 'fails what holds' : null;
			if (wrong === null) continue;
			const faults = p.experiments[0]?.faults.map((f) => `${f.kind} ${f.target}`).join(' + ') ?? '';
			report.findings.push({ seed, client: client.name, fault: faults, sight, check, truth: known, wrong });
		}
	}
	return report;
};

/** One line a finding, for a failed test. */
export const told = ({ seed, client, fault: what, sight, check, truth, wrong }: Finding): string =>
	`seed ${seed}, ${client}, ${what}, ${sight}: ${check.metric} ${check.bound} ${wrong}: judged ${check.value} [${check.lo}, ${check.hi}], truly [${truth.lo}, ${truth.hi}] (${check.why})`;
