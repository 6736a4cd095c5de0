/**
 * The words between a client's brain (pure, {@link ./brain.ts}) and whoever carries its decisions out:
 * the live driver in traffic, or the simulator. One call = one logical request with all its tries.
 */
export interface CallStart {
	id: string;
	method: string;
	/** Statuses that count as a good answer, by the mix entry. */
	ok: (status: number) => boolean;
	/** May be sent again whatever its method says: a gRPC call that its user calls idempotent. */
	repeatable?: boolean;
	/** For keyed policies; drawn by the brain if absent. */
	key?: string;
}

export type CallEvent =
	/** The whole answer of try `n` is here. */
	| { kind: 'answered'; n: number; status: number /** Where the status alone does not say whether it is good. */; ok?: boolean }
	/** Try `n` failed; `unsent` = the request provably never left (refused or failed while connecting). */
	| { kind: 'failed'; n: number; error: string; unsent: boolean }
	/** The time asked for by the last `attempt` (its timeoutAtMs), `wait` or `deadlineAtMs` has come. */
	| { kind: 'time' }
	/** Nobody waits for the call any more (the user's own timeout): it is over, every try in flight is abandoned by the driver. Its actions are ignored. */
	| { kind: 'cancelled' };

export type CallAction =
	/** Send try `n` to node `node` (index) now. Wake me at `timeoutAtMs` unless it ended before. */
	| { kind: 'attempt'; n: number; node: number; timeoutAtMs: number | null }
	/** Nothing is in flight; wake me at `untilMs`. */
	| { kind: 'wait'; untilMs: number }
	/** The answer of try `n` is no longer wanted: close its connection. */
	| { kind: 'abandon'; n: number }
	/** The call is over: this status is what the user gets (good or bad). */
	| { kind: 'answer'; n: number; status: number }
	/** The call is over without an answer. */
	| { kind: 'give-up'; error: string };

/** One client, shared by all its calls: chooser, ejection and budget live here. Pure: no timers, time is an argument. */
export interface ClientBrain {
	/** Starts a call. The last action is always `attempt`, `wait`, `answer` or `give-up`. `deadlineAtMs` of the call, or null, is fixed here. */
	begin(call: CallStart, now: number): { actions: CallAction[]; deadlineAtMs: number | null };
	/** Unknown or finished calls give no actions. */
	event(id: string, event: CallEvent, now: number): CallAction[];
	/** May new tries go to this node (by index)? Gives how many are out there. All of them withdrawn counts as none. */
	route?(node: number, use: boolean): number;
}

/** A client whose nodes come and go. */
export interface Resolving {
	/** The nodes that there are now, by index, as a registry says; until it is called: all. Tries under way go on. With none, calls end with `no-endpoint`. */
	listed(indices: ReadonlySet<number>): void;
}
