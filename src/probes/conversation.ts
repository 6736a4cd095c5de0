import type { Target } from '../model/target.js';
import { type Cut, Malformed } from '../wire/cut.js';
import { Connection, type ConnectionUser, type Security } from './connection.js';
import type { Answer, ProbeOptions, Prober } from './probe.js';
import { oneLine, reasonOf, type Stage, TIMEOUT } from './reason.js';
import { failure, type Reply } from './simple.js';

/** Cuts one message off the front of what came; null: more is needed. Throws Malformed. */
export type Hear<T> = (bytes: Uint8Array) => Cut<T> | null;
/** "Begin TLS now." */
export const SECURE = Symbol('secure');

/** One side of a talk: it says things, and yields what it wants to hear (or SECURE, or a promise to wait for). */
export type Talk<T> = Generator<Hear<unknown> | typeof SECURE | Promise<unknown>, T, unknown>;
export type Say = (bytes: Uint8Array) => void;

export function* hear<T>(read: Hear<T>): Talk<T> {
	return (yield read) as T;
}
export function* waitFor<T>(promise: Promise<T>): Talk<T> {
	return (yield promise) as T;
}

/** What a protocol says on one connection. */
export interface Script {
	/** On a new connection, before its first question; a reply ends the question there. */
	greet?(say: Say): Talk<Reply | null>;
	question(say: Say): Talk<Reply>;
	/** Politely said when a connection is let go of. */
	farewell?: Uint8Array;
	/** Of this question's connection nothing is kept. */
	once?: boolean;
	/** TLS from the first byte. */
	security?: Security | null;
	/** TLS that the script begins by SECURE. */
	later?: Security | null;
}

/** Beside `maxBody`: greetings, parameters, notices. */
const CEREMONY_BYTES = 65_536;

/** What came and was not understood yet; grows by doubling, so that bytes that come one by one are not copied n² times. */
class Inbox {
	private bytes = new Uint8Array(0);
	private start = 0;
	private end = 0;

	get length(): number {
		return this.end - this.start;
	}
	get view(): Uint8Array {
		return this.bytes.subarray(this.start, this.end);
	}
	add(bytes: Uint8Array, length: number): void {
		if (this.end + length > this.bytes.length) {
			const grown = new Uint8Array(Math.max(512, 2 * (this.length + length)));
			grown.set(this.view);
			this.end -= this.start;
			this.start = 0;
			this.bytes = grown;
		}
		this.bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.end);
		this.end += length;
	}
	drop(length: number): void {
		this.start += length;
		// Between questions an idle endpoint holds nothing.
		if (this.length === 0) this.clear();
	}
	clear(): void {
		this.bytes = EMPTY;
		this.start = 0;
		this.end = 0;
	}
}
const EMPTY = new Uint8Array(0);

/**
 * A protocol of questions and answers over one kept connection, written as one story with generators:
 * ```
 *   connect ─► greet ─► question ─► reply      then, on the kept connection:   question ─► reply
 * ```
 * A kept connection that turns out to have ended before a byte of the answer came is replaced, and the question asked
 * again. Whatever the peer says, what is kept of it is bounded, and nothing that it does can throw out of here.
 */
export class Conversation implements Prober, ConnectionUser {
	private connection: Connection | null = null;
	private talk: Talk<Reply> | null = null;
	private wanted: Hear<unknown> | null = null;
	private readonly inbox = new Inbox();
	private asking = false;
	private fresh = false;
	private securing = false;
	/** The greetings are over: another question may be asked on this connection. */
	private greeted = false;
	private sentMs = 0;
	private writtenMs = 0;
	private firstMs = 0;
	private sent = 0;
	private received = 0;
	private readonly target: Target;
	private readonly options: ProbeOptions;
	private readonly script: Script;
	private readonly report: (answer: Answer) => void;

	constructor(target: Target, options: ProbeOptions, script: Script, report: (answer: Answer) => void) {
		this.target = target;
		this.options = options;
		this.script = script;
		this.report = report;
	}

	ask(fresh: boolean): void {
		if (fresh) this.drop();
		this.asking = true;
		this.sentMs = this.options.clock.now();
		this.firstMs = 0;
		this.sent = 0;
		this.received = 0;
		if (!this.connection) {
			this.dial();
			return;
		}
		this.fresh = false;
		this.begin(this.script.question(this.say));
	}

	abandon(): void {
		if (this.asking) this.finish(failure(TIMEOUT[this.stage]));
	}

	close(): void {
		this.asking = false;
		this.drop();
	}

	opened(): void {
		if (this.securing) {
			this.securing = false;
			this.advance(undefined);
		} else this.begin(this.whole());
	}

	bytes(bytes: Uint8Array, length: number): void {
		// Nobody asked for them: whatever they are, they would be taken for the next answer.
		if (!this.asking) {
			this.drop();
			return;
		}
		if (this.firstMs === 0) this.firstMs = this.options.clock.now();
		this.received += length;
		const most = this.options.maxBody + CEREMONY_BYTES;
		if (this.received > most) {
			this.finish(failure('too-large', `an answer over ${most} bytes`));
			return;
		}
		this.inbox.add(bytes, length);
		const cut = this.wanted ? this.cut() : null;
		if (cut) this.advance(cut.value);
	}

	ended(): void {
		if (!this.asking) this.drop();
		else if (this.isStale()) this.dial();
		else this.finish(failure('closed', this.firstMs === 0 ? 'closed without an answer' : 'closed inside the answer'));
	}

	failed(error: NodeJS.ErrnoException): void {
		if (!this.asking) this.drop();
		else if (this.isStale()) this.dial();
		else this.finish(failure(reasonOf(error, this.connection?.stage ?? 'connect'), error.message));
	}

	private get stage(): Stage {
		const stage = this.connection?.stage ?? 'connect';
		return stage === 'answer' && this.firstMs > 0 ? 'body' : stage;
	}

	private isStale(): boolean {
		return !this.fresh && this.received === 0;
	}

	private dial(): void {
		this.drop();
		this.fresh = true;
		this.greeted = false;
		const { security = null, later = null } = this.script;
		this.connection = new Connection(this.target, this.options.clock, security, this, later !== null, this.options.raw);
	}

	private drop(): void {
		const { connection } = this;
		this.connection = null;
		this.talk = null;
		this.wanted = null;
		this.securing = false;
		this.inbox.clear();
		if (!connection) return;
		const rst = this.options.more?.close === 'rst';
		if (!rst && !this.asking && this.script.farewell && connection.writable) connection.write(this.script.farewell);
		connection.close(rst);
	}

	private *whole(): Talk<Reply> {
		const early = this.script.greet ? yield* this.script.greet(this.say) : null;
		this.greeted = early === null;
		return early ?? (yield* this.script.question(this.say));
	}

	private readonly say: Say = (bytes) => {
		this.sent += bytes.length;
		// The first byte is counted from the last thing said: greetings lie before it.
		this.firstMs = 0;
		this.writtenMs = this.options.clock.now();
		this.connection?.write(bytes);
	};

	private begin(talk: Talk<Reply>): void {
		this.talk = talk;
		this.advance(undefined);
	}

	/** What is wanted, if it is there; null: more must come, or it was unreadable and the question is over. */
	private cut(): Cut<unknown> | null {
		try {
			const cut = this.wanted?.(this.inbox.view) ?? null;
			if (cut) {
				this.wanted = null;
				this.inbox.drop(cut.length);
			}
			return cut;
		} catch (error) {
			this.finish(unreadable(error));
			return null;
		}
	}

	/** A loop, not a recursion: thousands of messages may come in one read. */
	private advance(heard: unknown): void {
		const { talk } = this;
		while (talk && this.talk === talk) {
			let step: ReturnType<Talk<Reply>['next']>;
			try {
				step = talk.next(heard);
			} catch (error) {
				this.finish(unreadable(error));
				return;
			}
			if (step.done) this.finish(step.value);
			else if (step.value === SECURE) this.secure();
			else if (step.value instanceof Promise) this.wait(talk, step.value);
			else {
				this.wanted = step.value;
				const cut = this.inbox.length > 0 ? this.cut() : null;
				if (cut) {
					heard = cut.value;
					continue;
				}
			}
			return;
		}
	}

	private wait(talk: Talk<Reply>, promise: Promise<unknown>): void {
		promise.then(
			(value) => {
				if (this.talk === talk) this.advance(value);
			},
			(error) => {
				if (this.talk === talk) this.finish(unreadable(error));
			},
		);
	}

	private secure(): void {
		// What came in the clear must not be taken for something said under TLS.
		if (this.inbox.length > 0) {
			this.finish(failure('protocol', 'it went on in the clear after agreeing to TLS'));
			return;
		}
		this.securing = true;
		this.connection?.secure(this.script.later as Security);
	}

	private finish(reply: Reply): void {
		const { connection, options } = this;
		const endMs = options.clock.now();
		const made = this.fresh ? connection : null;
		const { phases, ...rest } = reply;
		const answer: Answer = {
			...rest,
			fresh: this.fresh,
			phases: {
				dns: made?.dnsMs ?? null,
				connect: made?.connectMs ?? null,
				tls: made?.tlsMs ?? null,
				firstByte: this.firstMs > 0 && this.sent > 0 ? this.firstMs - this.writtenMs : null,
				transfer: this.firstMs > 0 && this.sent > 0 ? endMs - this.firstMs : null,
				...phases,
			},
			sentMs: this.sentMs,
			endMs,
			bytes: { sent: this.sent, received: this.received },
		};
		if (connection?.address !== undefined) answer.address = connection.address;
		if (connection?.certDays !== undefined) answer.certDays = connection.certDays;
		const { warnDays } = options.tls ?? {};
		if (answer.verdict === 'ok' && answer.certDays !== undefined && warnDays !== undefined && answer.certDays < warnDays) {
			answer.verdict = 'warning';
			answer.detail = `the certificate ends in ${Math.floor(answer.certDays)} days`;
		} else if (made && made.missed !== '') answer.detail ??= oneLine(`also tried: ${made.missed}`);
		if (!options.keepBody) delete answer.body;
		const keep = answer.verdict !== 'failed' && this.greeted && !this.script.once && this.inbox.length === 0;
		this.asking = false;
		this.talk = null;
		this.wanted = null;
		if (!keep) this.drop();
		this.report(answer);
	}
}

const unreadable = (error: unknown): Reply => failure('protocol', error instanceof Malformed ? error.message : String((error as Error)?.message ?? error));
