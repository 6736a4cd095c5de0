import type { Reason } from '../model/sample.js';
import type { Target } from '../model/target.js';
import { Connection, type ConnectionUser, type Security } from './connection.js';
import type { Answer, ProbeOptions, Prober } from './probe.js';
import { oneLine, reasonOf, TIMEOUT } from './reason.js';

/** Beside the answer itself, a server may say so much unasked. */
const UNASKED = 65_536;

/**
 * A kept connection on which the server, too, may speak whenever it likes (in a Conversation it answers, and
 * whatever else it says ends it), with one question at a time. A question goes out on the kept
 * connection, or on a new one once that is `greeted`; if the kept one turns out to have ended before a byte came back,
 * it goes out once more, where asking twice does no harm.
 */
export abstract class KeptConnection implements Prober, ConnectionUser {
	protected asking = false;
	protected connection: Connection | null = null;
	protected firstMs = 0;
	protected readonly options: ProbeOptions;
	private fresh = false;
	/** The greeting is over: questions may go out. */
	private ready = false;
	private sentMs = 0;
	private writtenMs = 0;
	private sent = 0;
	private received = 0;
	private readonly target: Target;
	private readonly security: Security | null;
	private readonly idempotent: boolean;
	private readonly report: (answer: Answer) => void;

	constructor(target: Target, options: ProbeOptions, security: Security | null, idempotent: boolean, report: (answer: Answer) => void) {
		this.target = target;
		this.options = options;
		this.security = security;
		this.idempotent = idempotent;
		this.report = report;
	}

	/** A new connection stands: say what comes before questions, then call `greeted`. */
	protected abstract greet(): void;
	/** Says the question. */
	protected abstract question(): void;
	/** Bytes came, perhaps unasked: valid during the call. */
	protected abstract heard(bytes: Uint8Array): void;
	/** Before we end a connection in order. */
	protected goodbye(): void {}

	ask(fresh: boolean): void {
		this.asking = true;
		this.sentMs = this.options.clock.now();
		this.writtenMs = 0;
		this.firstMs = 0;
		this.sent = 0;
		this.received = 0;
		if (fresh) this.leave();
		this.fresh = this.connection === null;
		if (this.connection) this.put();
		else this.dial();
	}

	abandon(): void {
		if (!this.asking) return;
		const stage = this.connection?.stage ?? 'connect';
		this.fail(TIMEOUT[stage === 'answer' && this.firstMs > 0 ? 'body' : stage]);
	}

	close(): void {
		this.asking = false;
		this.leave();
	}

	opened(): void {
		// A reply of ours that the server's kernel has not confirmed yet would hold up the next question (Nagle).
		this.connection?.setNoDelay();
		this.writtenMs = this.options.clock.now();
		this.greet();
	}

	bytes(bytes: Uint8Array, length: number): void {
		this.received += length;
		if (this.asking && this.firstMs === 0) this.firstMs = this.options.clock.now();
		if (this.received > (this.asking ? this.options.maxBody : 0) + UNASKED) this.lost('too-large', 'endless messages that answer nothing');
		else this.heard(bytes.subarray(0, length));
	}

	ended(): void {
		if (this.asking && this.isStale()) this.dial();
		else this.lost('closed', this.firstMs === 0 ? 'closed without an answer' : 'closed inside the answer');
	}

	failed(error: NodeJS.ErrnoException): void {
		if (this.asking && this.isStale()) this.dial();
		else this.lost(reasonOf(error, this.connection?.stage ?? 'connect'), error.message);
	}

	protected greeted(): void {
		this.ready = true;
		if (this.asking) this.put();
	}

	protected say(bytes: Uint8Array): void {
		this.sent += bytes.length;
		this.connection?.write(bytes);
		if ((this.connection?.unsent ?? 0) > 4 * UNASKED) this.lost('protocol', 'it does not read what it is told');
	}

	/** The connection is of no more use; if a question is out, that is its answer. */
	protected lost(reason: Reason, detail: string, more: Partial<Answer> = {}): void {
		if (this.asking) this.fail(reason, detail, more);
		else this.drop();
	}

	protected fail(reason: Reason, detail?: string, more: Partial<Answer> = {}): void {
		const answer = { ...this.answer('failed'), ...more, reason, ...(detail !== undefined && { detail: oneLine(detail) }) };
		this.asking = false;
		this.drop();
		this.report(answer);
	}

	/** `judge` may still make something else of it. `over`: the connection has ended with it. */
	protected succeed(judge: (answer: Answer) => Answer, more: Partial<Answer> = {}, over = false): void {
		const { connection, options } = this;
		const answer: Answer = { ...this.answer('ok'), ...more };
		const days = connection?.certDays;
		if (days !== undefined && options.tls?.warnDays !== undefined && days < options.tls.warnDays) {
			answer.verdict = 'warning';
			answer.detail = `the certificate ends in ${Math.floor(days)} days`;
		} else if (this.fresh && connection && connection.missed !== '') answer.detail = oneLine(`also tried: ${connection.missed}`);
		this.asking = false;
		this.received = 0;
		if (over) this.drop();
		else if (options.more?.connection === 'close') this.leave();
		this.report(judge(answer));
	}

	private put(): void {
		if (!this.ready) return;
		this.question();
	}

	private dial(): void {
		this.drop();
		this.fresh = true;
		this.received = 0;
		this.connection = new Connection(this.target, this.options.clock, this.security, this);
	}

	/** Ends it in order. */
	private leave(): void {
		if (this.ready && this.connection) this.goodbye();
		this.drop();
	}

	private drop(): void {
		this.ready = false;
		this.connection?.close(this.options.more?.close === 'rst');
		this.connection = null;
	}

	private isStale(): boolean {
		return !this.fresh && this.firstMs === 0 && this.idempotent;
	}

	private answer(verdict: Answer['verdict']): Answer {
		const { connection, fresh, firstMs } = this;
		const made = fresh ? connection : null;
		const endMs = this.options.clock.now();
		return {
			verdict,
			fresh,
			...(connection?.address !== undefined && { address: connection.address }),
			...(connection?.certDays !== undefined && { certDays: connection.certDays }),
			phases: {
				dns: made?.dnsMs ?? null,
				connect: made?.connectMs ?? null,
				tls: made?.tlsMs ?? null,
				firstByte: firstMs > 0 ? firstMs - (this.writtenMs || this.sentMs) : null,
				transfer: firstMs > 0 ? endMs - firstMs : null,
			},
			sentMs: this.sentMs,
			endMs,
			bytes: { sent: this.sent, received: this.received },
		};
	}
}
