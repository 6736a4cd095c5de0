import type { Cluster, ClusterNode } from '../cluster/cluster.js';
import { inTurn } from '../cluster/turns.js';
import type { Custody } from '../custody/custody.js';
import type { Occurrence } from '../faults/timeline.js';
import type { Clock } from '../model/clock.js';
import type { Event } from '../model/event.js';
import type { Curtain } from './curtain.js';
import type { Halt } from './halt.js';
import { armInjection, type Injection } from './injection.js';
import type { Progress } from './progress.js';

export interface Play {
	experiment: number;
	cluster: Cluster;
	custody: Custody;
	curtain: Curtain;
	halt: Halt;
	clock: Clock;
	seed: number;
	probePath: string;
	probeProtocol?: 'http' | 'grpc';
	record(event: Event): void;
	onProgress(progress: Progress): void;
	/** Resolves at that time, or at once when the experiment is halted. */
	at(dueMs: number): Promise<void>;
	/** There is no more traffic to disturb: nothing new begins. */
	over(): boolean;
	/** Who leads now: a node, or why nobody can say. */
	leader(): Promise<{ node: string } | { why: string }>;
}

/** What an occurrence has come to; the next one at its node, or of its roll, waits for it. */
interface Deed {
	node: string | null;
	/** It is known which node, or that none will be. */
	known: Promise<void>;
	fired: Promise<void>;
	/** Seen to answer again, or never hurt. */
	healed: Promise<void>;
	injection: Injection | null;
	over: boolean;
}

/** An arm costs a write to disk: it is done by the time the fault is due. */
const LEAD_MS = 50;

/**
 * Carries a timeline out from `zeroMs` on. At one node everything happens in the planned order, each step only when the
 * one before it is over; a heal that takes long postpones what follows it, and shortens nothing.
 */
export const play = async (stage: Play, timeline: readonly Occurrence[], zeroMs: number): Promise<void> => {
	const deeds: Deed[] = [];
	const ends = timeline.map(async (occurrence, i) => {
		let fired = (): void => {};
		let healed = (): void => {};
		let known = (): void => {};
		const deed: Deed = {
			node: null,
			known: new Promise((resolve) => {
				known = resolve;
			}),
			fired: new Promise((resolve) => {
				fired = resolve;
			}),
			healed: new Promise((resolve) => {
				healed = resolve;
			}),
			injection: null,
			over: false,
		};
		deeds[i] = deed;
		// Every deed must be there before one of them looks for another.
		await Promise.resolve();
		try {
			await one(stage, { occurrence, i, deed, deeds, timeline, zeroMs, fired, known });
		} finally {
			deed.over = true;
			known();
			fired();
			healed();
		}
	});
	// A fault that fails to heal must not hide that another one is still being healed: all end, then the first error counts.
	for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') throw end.reason;
};

interface Turn {
	occurrence: Occurrence;
	i: number;
	deed: Deed;
	deeds: readonly Deed[];
	timeline: readonly Occurrence[];
	zeroMs: number;
	fired(): void;
	known(): void;
}

const one = async (stage: Play, turn: Turn): Promise<void> => {
	const { occurrence, deed, deeds, timeline, zeroMs } = turn;
	const { clock, halt, at, curtain } = stage;
	const { spec, fault, nth } = occurrence;
	for (const before of predecessors(timeline, turn.i)) await curtain.race(before.wait === 'healed' ? deeds[before.i]!.healed : deeds[before.i]!.fired);
	const gapMs = occurrence.after === null ? 0 : occurrence.gapMs;
	const dueMs = Math.max(zeroMs + occurrence.dueMs, gapMs > 0 ? clock.now() + gapMs : 0);
	await at(dueMs - LEAD_MS);
	if (halt.reason || stage.over()) return;
	const found = await curtain.race(aimed(stage, turn));
	if ('why' in found) {
		const aim = occurrence.aim.kind === 'leader' ? 'leader' : spec.target;
		stage.record({
			kind: 'fault',
			t: clock.now(),
			experiment: stage.experiment,
			fault,
			...(nth && { nth }),
			faultKind: spec.kind,
			target: aim,
			step: 'failed',
			detail: found.why,
		});
		stage.onProgress({ kind: 'fault', fault: spec.kind, target: aim, step: 'failed', detail: found.why });
		return;
	}
	const node = stage.cluster.nodes.find((each) => each.name === found.node) as ClusterNode;
	deed.node = node.name;
	turn.known();
	const injection = await armInjection(spec, { ...stage, node, fault, ...(nth !== undefined && { nth }) });
	await at(dueMs);
	if (halt.reason) return;
	// The tap dies with its node: what it did is mended from now on, and healed when the node is.
	for (const [i, each] of timeline.entries()) if (each.endedBy === turn.i) deeds[i]!.injection?.mending();
	// Until it was seen, or not, nobody mends the node; and a heal waits for a recovery that is under way.
	const beganMs = await inTurn(node, () => injection.fire());
	deed.injection = injection;
	turn.fired();
	if (occurrence.endedBy !== null) await curtain.race(deeds[occurrence.endedBy]!.healed);
	else {
		await at(beganMs + spec.forMs);
		for (const [i, each] of timeline.entries()) if (isInside(each, occurrence)) await curtain.race(deeds[i]!.healed);
	}
	await inTurn(node, () => injection.heal());
};

/** Who must have come to what before this one may begin: the last of its roll or flap, and all that was at its node before. */
const predecessors = (timeline: readonly Occurrence[], mine: number): { i: number; wait: 'fired' | 'healed' }[] => {
	const own = timeline[mine] as Occurrence;
	const chain = own.after === null ? [] : [{ i: own.after, wait: 'healed' as const }];
	const here = timeline.flatMap((each, i) => {
		if (i === mine || !sameNode(each, own) || each.dueMs > own.dueMs || (each.dueMs === own.dueMs && i > mine)) return [];
		return [{ i, wait: each.endedBy === mine || isInside(own, each) ? ('fired' as const) : ('healed' as const) }];
	});
	return [...chain, ...here];
};

const sameNode = (a: Occurrence, b: Occurrence): boolean => a.aim.kind === 'node' && b.aim.kind === 'node' && a.aim.node === b.aim.node;

/** Does `inner` begin and end at the node while `outer` lasts there? */
const isInside = (inner: Occurrence, outer: Occurrence): boolean =>
	inner !== outer &&
	sameNode(inner, outer) &&
	inner.spec.kind === 'freeze' &&
	inner.dueMs > outer.dueMs &&
	inner.dueMs + inner.spec.forMs < outer.dueMs + outer.spec.forMs;

/** Only for those whose node was not known beforehand can another fault be in the way. */
const aimed = async (stage: Play, turn: Turn): Promise<{ node: string } | { why: string }> => {
	const found = await search(stage, turn);
	if (turn.occurrence.aim.kind === 'node' || 'why' in found) return found;
	const there = turn.deeds.findIndex((deed) => deed !== turn.deed && deed.node === found.node && !deed.over);
	if (there < 0) return found;
	return {
		why: `${found.node} is the ${turn.occurrence.aim.kind === 'leader' ? 'leader' : 'one that is left'}, and the ${turn.timeline[there]!.spec.kind} there is not over`,
	};
};

const search = async ({ leader }: Play, { occurrence, deeds, timeline }: Turn): Promise<{ node: string } | { why: string }> => {
	const { aim, fault } = occurrence;
	if (aim.kind === 'node') return { node: aim.node };
	if (aim.kind === 'leader') return leader();
	const before = timeline.flatMap((each, i) => (each.fault < fault ? [{ each, deed: deeds[i] as Deed }] : []));
	// A leader that is to be struck later on is nobody yet.
	const due = before.filter(({ each }) => each.aim.kind !== 'node' && each.dueMs <= occurrence.dueMs);
	await Promise.all(due.map(({ deed }) => deed.known));
	const unknown = due.find(({ deed }) => deed.node === null);
	if (unknown) return { why: `nobody knows which nodes are others while the ${unknown.each.spec.target} of the ${unknown.each.spec.kind} is not known` };
	const taken = new Set(before.map(({ each, deed }) => (each.aim.kind === 'node' ? each.aim.node : deed.node)));
	const node = aim.order.filter((name) => !taken.has(name))[aim.place];
	return node === undefined ? { why: 'the faults before it leave no node' } : { node };
};
