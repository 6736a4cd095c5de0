import type { Clock } from '../model/clock.js';
import type { Phases, Reason } from '../model/sample.js';
import type { Target } from '../model/target.js';
import type { RawHandles } from '../platform/raw-handles.js';

/** What a prober hands up: the engine adds when it was due, and what its own event loop may have added. */
export interface Answer {
	verdict: 'ok' | 'warning' | 'failed';
	reason?: Reason;
	detail?: string;
	status?: number;
	fresh: boolean;
	address?: string;
	phases: Phases;
	/** On the run's clock, taken as close to the sockets as can be. */
	sentMs: number;
	endMs: number;
	load?: number;
	bytes: { sent: number; received: number };
	/** Kept only when `keepBody` was asked for, at most `maxBody` bytes of it. */
	body?: Uint8Array;
	/** Lower-case names; only with `keepBody`. */
	headers?: Record<string, string>;
	/** Days until the certificate of the endpoint ends; TLS only. */
	certDays?: number;
}

/** Everything a protocol may need to know; each file reads what concerns it. */
export interface ProbeOptions {
	clock: Clock;
	/** For people's expectations, redundant comparison and `--verbose`: off in the hot path. */
	keepBody: boolean;
	/** Bytes of an answer that are read before it is `too-large`. */
	maxBody: number;
	method?: string;
	headers?: Record<string, string>;
	body?: string;
	tls?: { ca?: string; cert?: string; key?: string; servername?: string; insecure?: boolean; warnDays?: number };
	/** Protocol by protocol: send/expect of tcp, service of gRPC, question of dns, statement … From the target's query or flags. */
	more?: Readonly<Record<string, string>>;
	/** What plain TCP connections are made of; left out: Node's sockets, with twice the memory and work. */
	raw?: RawHandles | null;
}

/**
 * One endpoint, asked again and again. Callbacks, no promises, and no timer of its own: the engine calls `abandon` when
 * the time is over. At most one question is out at a time.
 */
export interface Prober {
	/** Exactly one report follows, unless `close` comes first. `fresh`: on a new connection, whatever is kept. */
	ask(fresh: boolean): void;
	/** The time is over: reports now, with the timeout reason of the phase that it is in. */
	abandon(): void;
	/** Lets go of everything, and reports nothing more. */
	close(): void;
}

export interface Probe {
	open(target: Target, options: ProbeOptions, report: (answer: Answer) => void): Prober;
}
