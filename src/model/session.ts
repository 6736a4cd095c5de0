import type { FaultKind } from './fault.js';

/**
 * A cluster that is broken by hand, as whoever asks sees it: data alone, since it may have crossed a socket. Times are
 * milliseconds; those in names that end in `Ms` without saying since when are durations, so that no two processes need
 * share a clock.
 */
export interface SessionStatus {
	schema: 'daruma.cluster/1';
	/** Id of the run whose folder holds its logs, journal and history. */
	run: string;
	folder: string;
	/** The process that owns all of it. */
	pid: number;
	detached: boolean;
	upMs: number;
	/** After so long everything ends by itself; null: at no time. */
	leaseMs: number | null;
	nodes: NodeStatus[];
	subject: SubjectStatus;
	/** Those that are not healed. */
	faults: FaultHandle[];
}

export interface NodeStatus {
	name: string;
	host: string;
	port: number;
	url: string;
	/** Leader of its process group; null while it does not run. */
	pid: number | null;
	/** How often it has been started. */
	life: number;
	process: 'running' | 'stopped' | 'gone';
	/** By a heartbeat from outside: a fresh connection and one request every 250 ms, down after two failures. */
	state: 'up' | 'down' | 'unknown';
	/** For how long it has been in this state. */
	sinceMs: number;
	fault: FaultHandle | null;
	logFile: string;
}

export interface SubjectStatus {
	/** `client`: no process, nothing stands before the nodes. */
	kind: string;
	/** Where it listens; null: nowhere. */
	url: string | null;
	host: string | null;
	port: number | null;
	/** Why it runs no more; null: it does. */
	ended: string | null;
	notes: string[];
	logFile: string | null;
}

/**
 * arming: nothing has happened yet · waiting: it is on, and its effect has not been seen yet · effective: somebody else
 * saw it · unseen: it is on, and nobody has seen it within the time for that · healing · healed · unhealed: it could not
 * be healed, or the node did not answer afterwards.
 */
export type FaultState = 'arming' | 'waiting' | 'effective' | 'unseen' | 'healing' | 'healed' | 'unhealed';

/** One fault at one node. */
export interface FaultHandle {
	/** `f1` …, unique in its session. */
	id: string;
	kind: FaultKind;
	node: string;
	state: FaultState;
	/** How long it was to last; null: until somebody heals it, or the session ends. */
	forMs: number | null;
	/** Until it is healed by itself; null where that is never, or has not begun. */
	remainingMs: number | null;
	/** Who saw its effect, how soon after it was fired, and what they saw. */
	evidence: FaultEvidence | null;
	/** The same of the heal. */
	healed: FaultEvidence | null;
	/** Why it was not seen, or could not be healed. */
	detail: string | null;
}

export interface FaultEvidence {
	/** `proc`, `probe`, `waitpid`: never the injector. */
	by: string;
	detail: string;
	afterMs: number;
}

export const isOver = ({ state }: Pick<FaultHandle, 'state'>): boolean => state === 'healed';
