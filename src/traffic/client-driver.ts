import type { Cancel, Clock } from '../model/clock.js';
import type { Endpoint } from '../model/endpoint.js';
import type { AttemptEvent } from '../model/event.js';
import type { CallAction, CallStart, ClientBrain } from '../resilience/call.js';
import { httpStatusOfGrpc } from '../wire/grpc-http.js';
import type { Heard } from '../workload/good-answer.js';
import type { Answer } from '../workload/ok-predicate.js';
import type { HttpRequest, Sender, Sending, SendResult } from './send.js';
import { timeLimit } from './time-limit.js';

/** `unsent`: none of its tries was written to a socket. `answer`: what the request asked to be kept of the last one. */
export type CallResult =
	| { kind: 'answered'; status?: number; grpcStatus?: number; error?: string; answer?: Answer }
	| { kind: 'failed'; error: string; unsent: boolean };

export interface ClientCall extends CallStart {
	request: HttpRequest;
	/** Where `ok` of HTTP's status does not say it all. */
	good?: (heard: Heard) => boolean;
}

/** Who carries a call to the nodes: the built-in client, or a library under test. */
export interface Driver {
	/** `done` is called once, never before this has returned, unless the returned cancel comes first. */
	call(call: ClientCall, done: (result: CallResult) => void): Cancel;
	/** Takes a node out of use, or in again; how many tries are out at it. Absent: a library chooses by itself. */
	route?(name: string, use: boolean): number;
}

interface Try {
	sending: Sending;
	node: Endpoint;
	startedMs: number;
}

/** Why a try was abandoned: its time was over, or another one made it superfluous. */
type Cause = 'timeout' | 'abandoned';

export interface DriverNeeds {
	brain: ClientBrain;
	nodes: readonly Endpoint[];
	sender: Sender;
	clock: Clock;
	/** Hears of every try when it has ended, once. */
	onAttempt(attempt: AttemptEvent): void;
}

/** Carries out what a {@link ClientBrain} decides, against live nodes. All decisions are the brain's; sockets, timers and the ledger of tries are here. */
export class ClientDriver implements Driver {
	private readonly needs: DriverNeeds;
	constructor(needs: DriverNeeds) {
		this.needs = needs;
	}

	/** Uses a node, or does not; gives the number of tries that are out there. */
	route(name: string, use: boolean): number {
		const { brain, nodes } = this.needs;
		const index = nodes.findIndex((node) => node.name === name);
		return index < 0 ? 0 : (brain.route?.(index, use) ?? 0);
	}

	/** `done` is called once, never before this has returned, unless the returned cancel comes first: the user has gone, and every try in flight is closed as a timeout. */
	call(call: ClientCall, done: (result: CallResult) => void): Cancel {
		const running = new RunningCall(this.needs, call, done);
		running.begin();
		return () => running.cancel();
	}
}

class RunningCall {
	private readonly needs: DriverNeeds;
	private readonly call: ClientCall;
	private readonly done: (result: CallResult) => void;
	private readonly tries = new Map<number, Try>();
	private step: Cancel = () => {};
	/** The try that `step` waits for; 0 = none. */
	private stepOf = 0;
	private deadline: Cancel = () => {};
	private over = false;
	private begun = false;
	private unsent = true;
	/** The answer of the latest try that had one, as it was heard. */
	private heard: Heard & { answer?: Answer } = {};
	private beganMs = 0;

	constructor(needs: DriverNeeds, call: ClientCall, done: (result: CallResult) => void) {
		this.needs = needs;
		this.call = call;
		this.done = done;
	}

	begin(): void {
		const { brain, clock } = this.needs;
		this.beganMs = clock.now();
		const { actions, deadlineAtMs } = brain.begin(this.call, this.beganMs);
		if (deadlineAtMs !== null) this.deadline = timeLimit(clock, deadlineAtMs, () => this.timeHasCome());
		this.perform(actions, 'abandoned');
		this.begun = true;
	}

	cancel(): void {
		if (this.over) return;
		this.close('timeout');
		this.needs.brain.event(this.call.id, { kind: 'cancelled' }, this.needs.clock.now());
	}

	private timeHasCome(): void {
		if (this.over) return;
		const now = this.needs.clock.now();
		this.perform(this.needs.brain.event(this.call.id, { kind: 'time' }, now), 'timeout');
	}

	/** A try that is still connecting when its time is over provably never left; the brain may use that, as nginx does with its connect timeout. */
	private tryTimedOut(n: number): void {
		if (this.over) return;
		if (this.tries.get(n)?.sending.written !== false) {
			this.timeHasCome();
			return;
		}
		this.abandon(n, 'timeout');
		const now = this.needs.clock.now();
		this.perform(this.needs.brain.event(this.call.id, { kind: 'failed', n, error: 'timeout', unsent: true }, now), 'abandoned');
	}

	private perform(actions: readonly CallAction[], cause: Cause): void {
		for (const action of actions) {
			switch (action.kind) {
				case 'attempt':
					this.attempt(action.n, action.node, action.timeoutAtMs);
					break;
				case 'wait':
					this.sleep();
					this.step = this.needs.clock.at(action.untilMs, () => this.timeHasCome());
					break;
				case 'abandon':
					this.abandon(action.n, cause);
					break;
				case 'answer':
					this.answer(cause);
					break;
				case 'give-up':
					this.giveUp(action.error, cause);
					break;
			}
		}
	}

	private attempt(n: number, index: number, timeoutAtMs: number | null): void {
		const { nodes, sender, clock } = this.needs;
		const node = nodes[index];
		if (!node) throw new Error(`the client chose node ${index} of ${nodes.length}`);
		const startedMs = clock.now();
		const sending = sender.send(node, this.requestOf(n, startedMs, timeoutAtMs), (result) => this.ended(n, result));
		this.tries.set(n, { sending, node, startedMs });
		this.sleep();
		if (timeoutAtMs === null) return;
		this.stepOf = n;
		this.step = timeLimit(clock, timeoutAtMs, () => this.tryTimedOut(n));
	}

	/** gRPC tells a server how long its client will wait, and how often it has tried before. */
	private requestOf(n: number, now: number, timeoutAtMs: number | null): HttpRequest {
		const { request } = this.call;
		if (!request.grpc) return request;
		const left = this.beganMs + request.grpc.timeoutMs - now;
		const timeoutMs = timeoutAtMs === null ? left : Math.min(left, timeoutAtMs - now);
		return { ...request, grpc: { ...request.grpc, timeoutMs, previousAttempts: n - 1 } };
	}

	private ended(n: number, result: SendResult): void {
		const { brain, clock } = this.needs;
		const now = clock.now();
		this.record(n, result, now);
		if (this.stepOf === n) this.sleep();
		if (result.kind === 'failed') {
			this.perform(brain.event(this.call.id, { ...result, n }, now), 'abandoned');
			return;
		}
		const { status, grpcStatus, answer } = result;
		this.heard = { status, ...(grpcStatus !== undefined && { grpcStatus }), ...(answer && { answer }) };
		// Retry rules and ejection speak HTTP: a code of gRPC counts as the status that stands for it.
		const event = {
			kind: 'answered',
			n,
			status: grpcStatus === undefined ? status : httpStatusOfGrpc(grpcStatus),
			...(this.call.good && { ok: this.good(this.heard) }),
		} as const;
		this.perform(brain.event(this.call.id, event, now), 'abandoned');
	}

	private abandon(n: number, error: Cause): void {
		const unsent = this.tries.get(n)?.sending.abandon();
		if (unsent !== undefined) this.record(n, { kind: 'failed', error, unsent }, this.needs.clock.now());
	}

	private record(n: number, result: SendResult, endMs: number): void {
		const { node, startedMs } = this.tries.get(n)!;
		this.tries.delete(n);
		const base = { kind: 'attempt', t: startedMs, endMs, id: this.call.id, n, node: node.name, by: 'client' } as const;
		if (result.kind === 'answered' || !result.unsent) this.unsent = false;
		if (result.kind === 'answered') {
			const { kind: _, ...heard } = result;
			this.needs.onAttempt({ ...base, outcome: this.good(heard) ? 'ok' : 'failed', ...heard });
		} else {
			this.needs.onAttempt({ ...base, outcome: result.unsent ? 'unsent' : 'failed', error: result.error });
		}
	}

	private good(heard: Heard): boolean {
		return this.call.good?.(heard) ?? this.call.ok(heard.status as number);
	}

	private sleep(): void {
		this.step();
		this.stepOf = 0;
	}

	private answer(cause: Cause): void {
		if (this.over) return;
		this.close(cause);
		this.tell({ kind: 'answered', ...this.heard });
	}

	private giveUp(error: string, cause: Cause): void {
		if (this.over) return;
		this.close(cause);
		this.tell({ kind: 'failed', error, unsent: this.unsent });
	}

	private tell(result: CallResult): void {
		if (this.begun) this.done(result);
		else setImmediate(() => this.done(result));
	}

	private close(cause: Cause): void {
		this.over = true;
		this.sleep();
		this.deadline();
		for (const n of [...this.tries.keys()]) this.abandon(n, cause);
	}
}
