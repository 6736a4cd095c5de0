import type { RecoveryLimits } from '../model/recovery.js';
import type { Rng } from '../model/rng.js';
import { backoff } from './backoff.js';

/** `mend`: what is done brings a node back, or fails. `route`: a node is taken out, stays out, and is brought in again. */
export type RecoveryShape = 'mend' | 'route';
export type Move = 'mend' | 'out' | 'in';

export interface Begin {
	node: string;
	move: Move;
	/** Which try since the node was last stable: 1 for the first. */
	attempt: number;
}

export interface Decision {
	/** Each of these counts as begun; say how it ended. */
	begin: Begin[];
	/** When to ask again though nothing was heard; null: only news can change anything. */
	wakeMs: number | null;
	/** Given up just now, each with the reason, once. */
	gaveUp: { node: string; why: string }[];
}

interface Node {
	name: string;
	down: boolean;
	downSinceMs: number;
	upSinceMs: number | null;
	acting: Move | null;
	/** Taken out, and not brought in yet. */
	out: boolean;
	/** Begins of mends and outs within the window. */
	begun: number[];
	/** Since it was last stable. */
	tries: number;
	waitMs: number;
	notBeforeMs: number;
	gaveUp: boolean;
}

/**
 * Who may be recovered now, as a pure state machine: it hears opinions and ends, and says what may begin.
 * ```
 *            down                      begin                       ended well
 *   up ─────────────► waiting ─────────────────────► acting ───────────────────► held (nothing is done for holdMs)
 *    ▲                 │  ▲  back-off, one at a time,   │ ended badly              │
 *    │ stableMs        │  │  share, most in a window    └──► waiting (back-off)    │ still, or again, down
 *    └─────────────────┘  └───────────────────────────────────────────────────────┘
 *                      └── most reached ──► given up, until it was up for stableMs by itself
 * ```
 * Laws as systemd's StartLimitBurst, Erlang's restart intensity, and HAProxy's fall and rise; throws nothing.
 */
export class RecoveryLimiter {
	private readonly nodes: Map<string, Node>;
	private readonly shape: RecoveryShape;
	private readonly limits: RecoveryLimits;
	private readonly rng: Rng;

	constructor(names: readonly string[], shape: RecoveryShape, limits: RecoveryLimits, rng: Rng) {
		this.shape = shape;
		this.limits = limits;
		this.rng = rng;
		this.nodes = new Map(
			names.map((name) => [
				name,
				{
					name,
					down: false,
					downSinceMs: 0,
					upSinceMs: null,
					acting: null,
					out: false,
					begun: [],
					tries: 0,
					waitMs: 0,
					notBeforeMs: Number.NEGATIVE_INFINITY,
					gaveUp: false,
				},
			]),
		);
	}

	/** A detector's settled opinion; the same again changes nothing. */
	heard(name: string, state: 'up' | 'down', now: number): void {
		const node = this.nodes.get(name);
		if (!node) return;
		this.forgive(node, now);
		if (state === 'up') {
			if (node.down || node.upSinceMs === null) node.upSinceMs = now;
			node.down = false;
		} else if (!node.down) {
			node.down = true;
			node.downSinceMs = now;
			node.upSinceMs = null;
		}
	}

	/** What {@link decide} let begin is over; `ok`: it was verified. */
	ended(name: string, ok: boolean, now: number): void {
		const node = this.nodes.get(name);
		if (!node?.acting) return;
		const move = node.acting;
		node.acting = null;
		if (ok && move !== 'mend') node.out = move === 'out';
		const wait = ok && node.tries <= 1 ? 0 : this.backoff(node);
		node.notBeforeMs = now + (ok ? Math.max(this.limits.holdMs, wait) : wait);
	}

	/** What may begin now. Pure but for what it lets begin. */
	decide(now: number): Decision {
		const decision: Decision = { begin: [], wakeMs: null, gaveUp: [] };
		const wanting = [...this.nodes.values()].filter((n) => n.acting === null && this.move(n) !== null).sort((a, b) => a.downSinceMs - b.downSinceMs);
		for (const node of wanting) {
			this.forgive(node, now);
			const move = this.move(node);
			if (move === null) continue;
			if (now < node.notBeforeMs) {
				decision.wakeMs = Math.min(decision.wakeMs ?? Number.POSITIVE_INFINITY, node.notBeforeMs);
				continue;
			}
			if (move !== 'in' && this.spent(node, now)) {
				node.gaveUp = true;
				decision.gaveUp.push({ node: node.name, why: `${this.limits.most} within ${this.limits.windowMs} ms, and it is down again` });
				continue;
			}
			// Who waits for another one to end hears of that by its end: no timer is needed.
			if (this.acting >= this.limits.together || (move !== 'in' && this.held >= this.allowed)) continue;
			node.acting = move;
			if (move !== 'in') {
				node.begun.push(now);
				node.tries += 1;
			}
			decision.begin.push({ node: node.name, move, attempt: node.tries });
		}
		return decision;
	}

	/** So many nodes may be worked on or held out at once: a share of all, at least one. */
	get allowed(): number {
		return allowedOut(this.limits.maxShare, this.nodes.size);
	}

	/** Nodes that are taken out now. */
	get out(): string[] {
		return [...this.nodes.values()].filter((n) => n.out).map((n) => n.name);
	}

	private get acting(): number {
		return [...this.nodes.values()].filter((n) => n.acting !== null).length;
	}

	private get held(): number {
		return [...this.nodes.values()].filter((n) => n.acting !== null || n.out).length;
	}

	private move(node: Node): Move | null {
		if (this.shape === 'mend') return node.down && !node.gaveUp ? 'mend' : null;
		if (node.down && !node.out && !node.gaveUp) return 'out';
		return !node.down && node.out ? 'in' : null;
	}

	private spent(node: Node, now: number): boolean {
		node.begun = node.begun.filter((t) => t > now - this.limits.windowMs);
		return node.begun.length >= this.limits.most;
	}

	/** Up for long enough: what was before is forgotten. */
	private forgive(node: Node, now: number): void {
		if (node.upSinceMs === null || now - node.upSinceMs < this.limits.stableMs) return;
		node.tries = 0;
		node.waitMs = 0;
		node.gaveUp = false;
	}

	private backoff(node: Node): number {
		const k = Math.max(1, node.tries);
		node.waitMs = backoff(this.limits.backoff, k, node.waitMs, this.rng.fork(`${node.name} ${node.begun.at(-1) ?? 0} ${k}`).next());
		return node.waitMs;
	}
}

/** How many of `n` nodes a share is, at least one. */
export const allowedOut = (maxShare: number, n: number): number => Math.max(1, Math.floor(maxShare * n + 1e-9));
