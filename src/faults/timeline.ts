import { drawnOrder, targetCount } from '../cluster/select.js';
import { formatDuration } from '../model/duration.js';
import type { FaultSpec } from '../model/plan.js';
import type { Rng } from '../model/rng.js';
import { type Meeting, meeting } from './meeting.js';

/** Where a fault strikes: a node, or one that is only known when its time has come. */
export type Aim =
	| { kind: 'node'; node: string }
	| { kind: 'leader' }
	/** The `place`-th, in the order that chance gave, of the nodes that no fault before it in the list has struck. */
	| { kind: 'rest'; order: readonly string[]; place: number };

/** One fault at one node, once: an event of its own in the history. */
export interface Occurrence {
	/** Place of the fault in the experiment's list. */
	fault: number;
	spec: FaultSpec;
	/** Which time, of a fault that flaps; from 1 on. */
	nth?: number;
	aim: Aim;
	/** After the baseline's end; never before `after` has been healed for `gapMs`. */
	dueMs: number;
	/** The occurrence (its place in the timeline) that must have been healed before. */
	after: number | null;
	gapMs: number;
	/** The occurrence that ends this one by killing the node. */
	endedBy: number | null;
}

/** Two faults that cannot both be had; `fault` is the place of the later one in the list. */
export interface Clash {
	fault: number;
	text: string;
	hint: string;
}

/** It depends on what the faults before it have struck, or on who leads. */
const dynamic = (target: string): boolean => target === 'leader' || target === 'another' || target === 'others';
const fixed = (target: string): boolean => target === 'all' || /^n\d+$/.test(target);

/** When the last occurrence is planned to end, after the baseline's end; `nodes` is how many it strikes. */
export const endMs = ({ atMs, forMs, flap, roll }: FaultSpec, nodes: number): number => {
	if (flap) return atMs + (flap.times - 1) * flap.everyMs + forMs;
	if (roll) return atMs + nodes * forMs + (nodes - 1) * roll.gapMs;
	return atMs + forMs;
};

/** The same for a whole cluster, before anything is drawn. */
export const lastEndMs = (faults: readonly FaultSpec[], replicas: number): number => {
	const names = Array.from({ length: replicas }, (_, i) => `n${i + 1}`);
	const nodes = (fault: FaultSpec): number =>
		/^(one|leader|another|n\d+)$/.test(fault.target) ? 1 : fault.target === 'others' ? replicas : sizeOf(names, fault.target);
	return Math.max(...faults.map((fault) => endMs(fault, nodes(fault))));
};

/** 0 where the word means none of so few. */
const sizeOf = (names: readonly string[], target: string): number => {
	try {
		return targetCount(names, target);
	} catch {
		return 0;
	}
};

/**
 * The whole experiment, occurrence by occurrence: a pure function of the faults, the nodes and chance. Nodes that are
 * named come first; a word then draws among the nodes on which its fault may be, so two faults at `one` node never
 * meet where there is room. What a leader decides is left open.
 */
export const timeline = (faults: readonly FaultSpec[], names: readonly string[], chance: (fault: number) => Rng): Occurrence[] | Clash => {
	const struck = faults.map((): readonly string[] => []);
	const placed: Occurrence[][] = faults.map(() => []);
	const led = faults.findIndex((fault) => fault.target === 'leader');
	const open = (index: number): boolean => led >= 0 && index >= led && dynamic((faults[index] as FaultSpec).target);
	const order = [...faults.keys()].sort((a, b) => Number(fixed(faults[b]!.target)) - Number(fixed(faults[a]!.target)) || a - b);

	for (const index of order) {
		const spec = faults[index] as FaultSpec;
		const before = struck.slice(0, index).flat();
		const drawn = drawnOrder(names, chance(index));
		if (open(index)) {
			const left =
				names.length -
				new Set(before).size -
				faults
					.slice(0, index)
					.filter((_, i) => open(i))
					.reduce((n, f) => n + (f.target === 'others' ? names.length : 1), 0);
			if (spec.target !== 'leader' && left < 1) return noneLeft(index, spec);
			const aims: Aim[] =
				spec.target === 'leader'
					? [{ kind: 'leader' }]
					: Array.from({ length: spec.target === 'others' ? left : 1 }, (_, place): Aim => ({ kind: 'rest', order: drawn, place }));
			placed[index] = occurrences(index, spec, aims);
			continue;
		}
		const among =
			spec.target === 'all' ? names : fixed(spec.target) ? [spec.target] : dynamic(spec.target) ? drawn.filter((name) => !before.includes(name)) : drawn;
		const wanted = spec.target === 'another' ? 1 : spec.target === 'others' || fixed(spec.target) ? among.length : sizeOf(names, spec.target);
		if (wanted < 1 || among.length < wanted) return noneLeft(index, spec);
		const refusal = (name: string): { other: Occurrence; why: string } | undefined => {
			const mine = occurrences(index, spec, [{ kind: 'node', node: name }]);
			for (const other of placed.flat()) {
				if (other.aim.kind !== 'node' || other.aim.node !== name) continue;
				for (const own of mine) {
					const found = meet(own, other);
					if (typeof found === 'object') return { other, why: found.refused };
				}
			}
			return undefined;
		};
		// Whoever rolls comes to each node at another time: only the whole list tells.
		const free = spec.roll ? among : among.filter((name) => refusal(name) === undefined);
		if (free.length < wanted) {
			const { other, why } = refusal(among.find((name) => !free.includes(name)) as string)!;
			return clashOf(index, spec, other, why);
		}
		const chosen = free.slice(0, wanted);
		const nodes = names.filter((name) => chosen.includes(name));
		struck[index] = nodes;
		placed[index] = occurrences(
			index,
			spec,
			nodes.map((node): Aim => ({ kind: 'node', node })),
		);
	}
	return linked(placed, faults, open);
};

const occurrences = (fault: number, spec: FaultSpec, aims: readonly Aim[]): Occurrence[] =>
	aims.flatMap((aim, i) => {
		const one = { fault, spec, aim, gapMs: 0, after: null, endedBy: null };
		if (spec.roll) return [{ ...one, dueMs: spec.atMs + i * (spec.forMs + spec.roll.gapMs), gapMs: spec.roll.gapMs }];
		if (!spec.flap) return [{ ...one, dueMs: spec.atMs }];
		const { times, everyMs } = spec.flap;
		return Array.from({ length: times }, (_, k): Occurrence => ({ ...one, nth: k + 1, dueMs: spec.atMs + k * everyMs }));
	});

const meet = (a: Occurrence, b: Occurrence): Meeting => meeting(stretch(a), stretch(b));
const stretch = ({ spec, dueMs }: Occurrence) => ({ spec, fromMs: dueMs, toMs: dueMs + spec.forMs });

/** One list, with who waits for whom and who ends whom by their places in it. */
const linked = (placed: readonly Occurrence[][], faults: readonly FaultSpec[], open: (fault: number) => boolean): Occurrence[] | Clash => {
	const all = placed.flat();
	for (const [i, each] of all.entries()) {
		const previous = all[i - 1];
		if (previous?.fault === each.fault && (each.spec.roll || previous.nth === (each.nth ?? 0) - 1)) each.after = i - 1;
	}
	for (const [j, later] of all.entries()) {
		for (let i = 0; i < j; i++) {
			const earlier = all[i] as Occurrence;
			if (earlier.fault === later.fault) continue;
			const found = meet(earlier, later);
			if (found === 'apart') continue;
			const [a, b] = [earlier.fault, later.fault];
			if (open(a) || open(b)) {
				if (open(a) && open(b) && faults[b]!.target !== 'leader') continue;
				return clashOf(b, later.spec, earlier, 'nobody knows beforehand which node leads: use another or others after it in the list');
			}
			if (earlier.aim.kind !== 'node' || later.aim.kind !== 'node' || earlier.aim.node !== later.aim.node) continue;
			if (typeof found === 'object') return clashOf(b, later.spec, earlier, found.refused);
			if (found === 'ended') {
				const [ended, by] = earlier.dueMs <= later.dueMs ? [earlier, j] : [later, i];
				if (ended.endedBy === null || all[ended.endedBy]!.dueMs > all[by]!.dueMs) ended.endedBy = by;
			}
		}
	}
	const early = all.find(
		(each) =>
			each.aim.kind === 'rest' &&
			all.some((other) => other.aim.kind === 'leader' && other.fault < each.fault && other.dueMs > each.dueMs && other.nth === undefined),
	);
	if (early)
		return {
			fault: early.fault,
			text: `${early.spec.kind} ${early.spec.target} before the leader is known`,
			hint: 'let it begin with the fault at the leader, or later',
		};
	return all;
};

const noneLeft = (fault: number, { kind, target }: FaultSpec): Clash => ({
	fault,
	text: `${kind} ${target}, where ${fault === 0 || !dynamic(target) ? 'so few nodes have none' : 'the faults before it leave no node'}`,
	hint: 'more replicas, or a smaller target before it',
});

const clashOf = (fault: number, { kind, target, atMs }: FaultSpec, other: Occurrence, why: string): Clash => ({
	fault,
	text: `${kind} ${target} from ${formatDuration(atMs)} on, while ${other.spec.kind} ${other.spec.target} lasts until ${formatDuration(other.dueMs + other.spec.forMs)}: ${why}`,
	hint: 'move it with `at`, shorten `for`, or name another target',
});
