import type { EjectionSpec } from '../model/plan.js';

/** Says which ejection of its node a try belongs to; hand it back with the try's end. */
export type Ticket = number;

export interface Ejection {
	/** May the node get a try now? */
	eligible(index: number, now: number): boolean;
	sent(index: number): Ticket;
	/** `ok` null: nobody waited for the end, so it says nothing about the node. */
	done(index: number, ticket: Ticket, ok: boolean | null, now: number): void;
	/** Nodes that are out now, those on trial included. */
	readonly out: number;
}

interface Node {
	failures: number;
	out: boolean;
	untilMs: number;
	trials: number;
	/** Counts changes between in and out, so that a try is judged by the state that it was sent in. */
	era: Ticket;
}

/**
 * Passive outlier ejection with a circuit breaker's return: `failures` failures in a row put a node out for `forMs`;
 * then it gets one try at a time. A success brings it back, a failure starts `forMs` again. Tries that were sent before
 * the ejection change nothing. At most max(1, ⌊maxShare × nodes⌋) are out at once (Envoy's max_ejection_percent).
 */
export const ejection = (spec: EjectionSpec, nodeCount: number): Ejection => {
	const nodes: Node[] = Array.from({ length: nodeCount }, () => ({ failures: 0, out: false, untilMs: 0, trials: 0, era: 0 }));
	const most = Math.max(1, Math.floor(spec.maxShare * nodeCount + 1e-9));
	let out = 0;
	const turn = (node: Node, isOut: boolean): void => {
		out += isOut ? 1 : -1;
		node.out = isOut;
		node.era += 1;
		node.trials = 0;
		node.failures = 0;
	};
	return {
		get out() {
			return out;
		},
		eligible(index, now) {
			const node = nodes[index] as Node;
			return !node.out || (now >= node.untilMs && node.trials === 0);
		},
		sent(index) {
			const node = nodes[index] as Node;
			if (node.out) node.trials += 1;
			return node.era;
		},
		done(index, ticket, ok, now) {
			const node = nodes[index] as Node;
			if (ticket !== node.era) return;
			if (node.out) {
				node.trials -= 1;
				if (ok) turn(node, false);
				else if (ok === false) node.untilMs = now + spec.forMs;
				return;
			}
			if (ok === null) return;
			node.failures = ok ? 0 : node.failures + 1;
			if (node.failures < spec.failures || out >= most) return;
			turn(node, true);
			node.untilMs = now + spec.forMs;
		},
	};
};
