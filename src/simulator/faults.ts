import type { Event, FaultEvent } from '../model/event.js';
import type { TapFaultKind } from '../model/fault.js';
import type { FaultSpec } from '../model/plan.js';
import type { Rng } from '../model/rng.js';
import type { VirtualClock } from './clock.js';
import type { SimulatedNode } from './node.js';
import type { TrueFault, Truth } from './truth.js';

export interface FaultNeeds {
	clock: VirtualClock;
	truth: Truth;
	seed: number;
	experiment: number;
	/** From a new process to its first answer, ms. */
	startMs: number;
	/** One probe from outside, ms: what lies between a fault (or its heal) and the sight of it. */
	probeMs: number;
	record(event: Event): void;
}

/** The nodes that a target names: `one`, `majority` (n/2 + 1), `half`, `minority`, `all` by a seeded order, or a name. */
export const targets = <N extends { name: string }>(nodes: readonly N[], target: string, rng: Rng): N[] => {
	const n = nodes.length;
	const count = { one: 1, majority: Math.floor(n / 2) + 1, half: Math.ceil(n / 2), minority: Math.max(1, Math.ceil(n / 2) - 1), all: n }[target];
	if (count === undefined) return nodes.filter((node) => node.name === target);
	const drawn = nodes.map((node) => ({ node, draw: rng.next() })).sort((a, b) => a.draw - b.draw);
	return drawn.slice(0, count).map(({ node }) => node);
};

/**
 * One fault at one node from `dueMs` on, with the same events as a live one: `effective` at the last instant without it
 * (and seen a probe later), `healed` when the node is seen to answer. `ended` is called once, when it is healed.
 */
export const inflict = (needs: FaultNeeds, spec: FaultSpec, index: number, node: SimulatedNode, dueMs: number, ended: () => void): void => {
	const { clock, truth, record, experiment } = needs;
	// Nothing is better than something else by the same name.
	if (spec.kind === 'partition' || spec.flap || spec.roll) throw new Error(`the simulator plays no ${spec.flap ? 'flap' : spec.roll ? 'roll' : spec.kind}`);
	const tell = (step: FaultEvent['step'], t: number, more: { by?: string; seenMs?: number; detail?: string } = {}): void =>
		record({ kind: 'fault', t, experiment, fault: index, faultKind: spec.kind, target: node.name, step, ...more });

	let own: TrueFault | null = null;
	const took = (by: string): void => {
		const t = clock.now();
		own = { kind: spec.kind, target: node.name, share: shareOf(spec), beganMs: t, mendingMs: Number.POSITIVE_INFINITY, endedMs: Number.POSITIVE_INFINITY };
		truth.faults.push(own);
		tell('effective', t, { by, seenMs: t + needs.probeMs });
		clock.at(t + spec.forMs, heal);
	};
	const heal = (): void => {
		const healingMs = clock.now();
		tell('healing', healingMs);
		if (own) own.mendingMs = healingMs;
		if (spec.kind === 'freeze') node.thaw();
		else if (spec.kind === 'kill' || spec.kind === 'term' || (spec.kind === 'crash' && own)) {
			node.kill();
			clock.at(clock.now() + needs.startMs, () => {
				node.start();
				record({ kind: 'recovery', t: healingMs, endMs: clock.now(), experiment, action: 'restart', target: node.name, ok: true });
				healed();
			});
			return;
		} else node.setTapFault(null);
		healed();
	};
	const healed = (): void => {
		if (own) own.endedMs = clock.now();
		clock.at(clock.now() + needs.probeMs, () => {
			tell('healed', clock.now(), { by: 'probe' });
			ended();
		});
	};

	clock.at(dueMs, () => {
		tell('intended', clock.now());
		if (spec.kind === 'kill') {
			took('waitpid');
			node.kill();
		} else if (spec.kind === 'term') {
			took('probe');
			node.terminate();
		} else if (spec.kind === 'freeze') {
			took('proc');
			node.freeze();
		} else if (spec.kind === 'crash') {
			const patience = clock.at(dueMs + Math.max(spec.forMs, 2000), () => {
				tell('failed', clock.now(), { detail: `no request reached ${node.name}, so it did not crash` });
				heal();
			});
			node.setTapFault(tapFault('crash', spec, needs.seed), () => {
				patience();
				took('waitpid');
			});
		} else {
			took('probe');
			node.setTapFault(tapFault(spec.kind, spec, needs.seed));
		}
	});
};

/** A drop without a stated share meets 30 % of the requests, every other fault all of them. */
const shareOf = (spec: FaultSpec): number => spec.share ?? (spec.kind === 'drop' ? 0.3 : 1);

const tapFault = (kind: TapFaultKind, spec: FaultSpec, seed: number) => ({
	kind,
	share: shareOf(spec),
	seed,
	latencyMs: spec.latencyMs ?? 200,
	jitterMs: spec.jitterMs ?? 0,
	unit: spec.unit ?? ('request' as const),
	status: spec.status ?? 503,
	methods: spec.methods ?? [],
});
