import type { WrittenFault } from '../../config/stage.js';
import type { FaultHandle, NodeStatus, SessionStatus } from '../../model/session.js';

/** What is healed: a handle's id (`f1`), a node's name (`n2`), or `all`. */
export type HealWhat = string;

export interface LogOptions {
	/** Goes on with what is written from now on, until the session ends or `signal` is aborted. */
	follow?: boolean;
	/** So many of the last lines first; default: all. */
	lines?: number;
	signal?: AbortSignal;
}

/**
 * A cluster that is broken by hand. The same whether it lives in this process or behind a socket: only data crosses, and
 * errors are a DarumaError with code, exit code, message and hint on either side.
 */
export interface Session {
	status(): Promise<SessionStatus>;
	/**
	 * One fault at the nodes that `target` means, all at once; resolves when each was seen to be effective, or could not
	 * be within its time (`state` says which). Without `for` it lasts until it is healed. Throws exit 2 for a fault that
	 * there is not, E_FAULT_PRESENT (exit 4) if one of the nodes has one already: nothing is touched then.
	 */
	inject(fault: WrittenFault): Promise<FaultHandle[]>;
	/** Resolves with what was healed when each node was seen to answer again. Nothing to heal is no error; E_NO_NODE (exit 2) for a word that names nothing here. */
	heal(what: HealWhat): Promise<FaultHandle[]>;
	/** Resolves when these (ids) are healed, however that comes. */
	untilHealed(ids: readonly string[]): Promise<FaultHandle[]>;
	/** Ends the node's processes and starts them again on the same port. E_FAULT_PRESENT (exit 4) while it has a fault that can be healed. */
	restart(node: string): Promise<NodeStatus>;
	/** What n1 …, `subject` or `supervisor` wrote, in pieces as they come. */
	logs(who: string, options?: LogOptions): AsyncIterable<string>;
	/** Heals and ends everything, and verifies it: E_UNHEALED (exit 6) if it could not. Idempotent. */
	stop(): Promise<void>;
}
