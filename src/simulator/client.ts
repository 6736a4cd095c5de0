import type { Cancel } from '../model/clock.js';
import type { AttemptEvent, Event } from '../model/event.js';
import type { CallAction, CallEvent, CallStart, ClientBrain } from '../resilience/call.js';
import type { VirtualClock } from './clock.js';
import type { Exchange, SimulatedNode } from './node.js';
import type { Truth } from './truth.js';

export interface ClientNeeds {
	brain: ClientBrain;
	nodes: readonly SimulatedNode[];
	clock: VirtualClock;
	truth: Truth;
	/** One way between client and node, ms; above 0, so that a refused client that retries at once lets time pass. */
	netMs: number;
	record(event: Event): void;
}

export type CallEnd = { status: number } | { error: string };

interface Flight {
	n: number;
	node: string;
	sentMs: number;
	closed: boolean;
}

/** Carries out what a client's brain decides, in virtual time: the twin of the live driver. One instance per call. */
export class SimulatedCall {
	private readonly needs: ClientNeeds;
	private readonly start: CallStart & { path: string };
	private readonly done: (end: CallEnd) => void;
	private flight: Flight | null = null;
	private wake: Cancel = () => {};
	private deadline: Cancel = () => {};
	private over = false;

	constructor(needs: ClientNeeds, start: CallStart & { path: string }, done: (end: CallEnd) => void) {
		this.needs = needs;
		this.start = start;
		this.done = done;
	}

	begin(): void {
		const { brain, clock } = this.needs;
		const { actions, deadlineAtMs } = brain.begin(this.start, clock.now());
		if (deadlineAtMs !== null) this.deadline = clock.limit(deadlineAtMs, () => this.tell({ kind: 'time' }));
		this.perform(actions);
	}

	/** The user has gone. */
	cancel(): void {
		if (this.over) return;
		this.close('timeout');
		this.needs.brain.event(this.start.id, { kind: 'cancelled' }, this.needs.clock.now());
	}

	/** The run is over and this call is not: what is in flight has no known end. */
	cutOff(): void {
		if (this.over || !this.flight) return;
		this.land('unknown', {});
	}

	private tell(event: CallEvent): void {
		if (!this.over) this.perform(this.needs.brain.event(this.start.id, event, this.needs.clock.now()));
	}

	private perform(actions: readonly CallAction[]): void {
		for (const action of actions) {
			switch (action.kind) {
				case 'attempt':
					this.attempt(action.n, action.node, action.timeoutAtMs);
					break;
				case 'wait':
					this.wake();
					this.wake = this.needs.clock.at(action.untilMs, () => this.tell({ kind: 'time' }));
					break;
				case 'abandon':
					this.land('failed', { error: 'timeout' });
					break;
				case 'answer':
					this.close('abandoned');
					this.done({ status: action.status });
					break;
				case 'give-up':
					this.close('abandoned');
					this.done({ error: action.error });
					break;
			}
		}
	}

	private attempt(n: number, index: number, timeoutAtMs: number | null): void {
		const { clock, nodes, netMs, truth } = this.needs;
		const node = nodes[index] as SimulatedNode;
		const { id, method, path, ok } = this.start;
		const flight: Flight = { n, node: node.name, sentMs: clock.now(), closed: false };
		this.flight = flight;
		truth.see('attempts', id, node.name, clock.now());
		/** Word from the node travels back; it is lost if the client has closed meanwhile. */
		const back = (fn: () => void): void => {
			clock.at(clock.now() + netMs, () => {
				if (!flight.closed) fn();
			});
		};
		const exchange: Exchange = {
			id,
			method,
			path,
			get gone() {
				return flight.closed;
			},
			reply: (status) =>
				back(() => {
					this.land(ok(status) ? 'ok' : 'failed', { status });
					this.tell({ kind: 'answered', n, status });
				}),
			reset: () =>
				back(() => {
					this.land('failed', { error: 'ECONNRESET' });
					this.tell({ kind: 'failed', n, error: 'ECONNRESET', unsent: false });
				}),
			refuse: () =>
				back(() => {
					this.land('unsent', { error: 'ECONNREFUSED' });
					this.tell({ kind: 'failed', n, error: 'ECONNREFUSED', unsent: true });
				}),
		};
		clock.at(clock.now() + netMs, () => node.arrive(exchange));
		this.wake();
		if (timeoutAtMs !== null) this.wake = clock.limit(timeoutAtMs, () => this.tell({ kind: 'time' }));
	}

	private land(outcome: AttemptEvent['outcome'], end: { status?: number; error?: string }): void {
		const flight = this.flight;
		if (!flight) return;
		flight.closed = true;
		this.flight = null;
		this.wake();
		const { sentMs, n, node } = flight;
		this.needs.record({ kind: 'attempt', t: sentMs, endMs: this.needs.clock.now(), id: this.start.id, n, node, outcome, by: 'client', ...end });
	}

	private close(error: string): void {
		this.over = true;
		this.wake();
		this.deadline();
		this.land('failed', { error });
	}
}
