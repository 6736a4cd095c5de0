import { usageError } from '../model/errors.js';
import type { Reason } from '../model/sample.js';
import { isSecure, type Target } from '../model/target.js';
import { Connection, type ConnectionUser, type Security } from './connection.js';
import type { Answer, Probe, ProbeOptions, Prober } from './probe.js';
import { oneLine, reasonOf, type Stage, TIMEOUT } from './reason.js';
import { STARTTLS, type StartTls } from './starttls.js';
import { secureContext } from './trust.js';

/** What is said and what must come. */
interface Dialogue {
	send: Buffer | null;
	expect: RegExp | Buffer | null;
}

const ESCAPES: Readonly<Record<string, number>> = { r: 13, n: 10, t: 9, '0': 0, '\\': 92 };

/** `PING\r\n` with C's escapes (\r \n \t \0 \\ \xNN), or hex: `hex:50494e47`. */
export const bytesOf = (where: string, text: string): Buffer => {
	if (text.startsWith('hex:')) {
		const digits = text.slice(4).replace(/[\s:]/g, '');
		if (!/^(?:[\da-f]{2})*$/i.test(digits)) throw usageError('E_FLAG', `${where}: expected pairs of hex digits after hex:, found ${JSON.stringify(text)}`);
		return Buffer.from(digits, 'hex');
	}
	// Text is UTF-8, an escape is a byte.
	const parts = text.split(/(\\(?:x[\da-fA-F]{2}|[rnt0\\]))/);
	return Buffer.concat(
		parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from([ESCAPES[part[1] as string] ?? Number.parseInt(part.slice(2), 16)]))),
	);
};

/** `/regex/i`, hex or text. */
export const patternOf = (text: string): RegExp | Buffer => {
	const found = /^\/([\s\S]*)\/([imsu]*)$/.exec(text);
	if (!found) return bytesOf('expect', text);
	try {
		return new RegExp(found[1] as string, found[2]);
	} catch (error) {
		throw usageError('E_FLAG', `expect: ${(error as Error).message}`);
	}
};

const dialogueOf = ({ more = {} }: ProbeOptions): Dialogue => ({
	send: more.send === undefined ? null : bytesOf('send', more.send),
	expect: more.expect === undefined ? null : patternOf(more.expect),
});

const startTlsOf = ({ more = {} }: ProbeOptions): StartTls | null => {
	const name = more.starttls;
	if (name === undefined) return null;
	const dialogue = Object.hasOwn(STARTTLS, name) ? STARTTLS[name] : undefined;
	if (!dialogue) throw usageError('E_FLAG', `starttls: expected one of ${Object.keys(STARTTLS).join(', ')}, found "${name}"`);
	return dialogue;
};

export const securityOf = ({ tls }: ProbeOptions): Security => ({
	context: secureContext(tls),
	...(tls?.servername !== undefined && { servername: tls.servername }),
	...(tls?.insecure && { insecure: true }),
});

/** Of a reply, so much is looked at to find what is expected. */
const MOST_KEPT = 65_536;

/**
 * A fresh connection for every question: connect (or TLS), then what `send` says, until what `expect` says has come.
 * With neither, being connected is the answer.
 */
export class Dialog implements Prober, ConnectionUser {
	private connection: Connection | null = null;
	private asking = false;
	private sentMs = 0;
	private writtenMs = 0;
	private firstMs = 0;
	private sent = 0;
	private received = 0;
	private kept: Buffer = Buffer.alloc(0);
	private upgrade: Generator<string | Buffer, boolean, Buffer> | null = null;
	private readonly target: Target;
	private readonly options: ProbeOptions;
	private readonly dialogue: Dialogue;
	private readonly startTls: StartTls | null;
	private readonly security: Security | null;
	private readonly report: (answer: Answer) => void;

	constructor(target: Target, options: ProbeOptions, report: (answer: Answer) => void) {
		this.target = target;
		this.options = options;
		this.report = report;
		this.dialogue = dialogueOf(options);
		this.startTls = startTlsOf(options);
		this.security = isSecure(target) || this.startTls ? securityOf(options) : null;
	}

	ask(): void {
		this.connection?.close();
		this.asking = true;
		this.sentMs = this.options.clock.now();
		this.writtenMs = 0;
		this.firstMs = 0;
		this.sent = 0;
		this.received = 0;
		this.kept = Buffer.alloc(0);
		this.upgrade = null;
		const { startTls } = this;
		this.connection = new Connection(this.target, this.options.clock, startTls ? null : this.security, this, startTls !== null, this.options.raw);
	}

	abandon(): void {
		if (this.asking) this.fail(TIMEOUT[this.stage]);
	}

	close(): void {
		this.asking = false;
		this.connection?.close();
		this.connection = null;
	}

	opened(): void {
		const secured = this.connection?.tlsMs !== null;
		if (this.startTls && !secured) {
			this.upgrade = this.startTls();
			this.advance(null);
			return;
		}
		this.upgrade = null;
		const { send, expect } = this.dialogue;
		this.writtenMs = this.options.clock.now();
		if (send) this.say(send);
		this.kept = Buffer.alloc(0);
		if (!expect) this.succeed();
	}

	bytes(bytes: Uint8Array, length: number): void {
		if (!this.asking) return;
		this.received += length;
		const mostBytes = Math.min(MOST_KEPT, this.options.maxBody);
		if (this.kept.length + length > mostBytes) {
			this.fail('too-large', `nothing that fits within ${mostBytes} bytes`);
			return;
		}
		this.kept = Buffer.concat([this.kept, bytes.subarray(0, length)]);
		if (this.upgrade) {
			this.advance(this.kept);
			return;
		}
		if (this.firstMs === 0) this.firstMs = this.options.clock.now();
		const { expect } = this.dialogue;
		if (expect && (expect instanceof RegExp ? expect.test(this.kept.toString('latin1')) : this.kept.includes(expect))) this.succeed();
	}

	ended(): void {
		if (!this.asking) return;
		if (this.kept.length > 0 && !this.upgrade) this.fail('expectation', `closed after ${JSON.stringify(this.kept.toString('latin1', 0, 100))}`);
		else this.fail('closed', 'closed without an answer');
	}

	failed(error: NodeJS.ErrnoException): void {
		if (this.asking) this.fail(reasonOf(error, this.connection?.stage ?? 'connect'), error.message);
	}

	private get stage(): Stage {
		const stage = this.connection?.stage ?? 'connect';
		return stage === 'answer' && this.firstMs > 0 ? 'body' : stage;
	}

	private say(bytes: Buffer): void {
		this.sent += bytes.length;
		this.connection?.write(bytes);
	}

	/** The talk before TLS: it says things until it is satisfied (true) or refused (false). */
	private advance(heard: Buffer | null): void {
		for (;;) {
			const step = heard === null ? this.upgrade?.next() : this.upgrade?.next(heard);
			if (!step) return;
			if (step.done) {
				this.upgrade = null;
				if (step.value) this.connection?.secure(this.security as Security);
				else this.fail('tls-failed', `it refuses to begin TLS: ${JSON.stringify(this.kept.toString('latin1', 0, 100))}`);
				return;
			}
			// An empty word means "go on listening"; anything else is said, and what came before it is dealt with.
			if (step.value.length === 0) return;
			this.say(Buffer.from(step.value as string));
			this.kept = Buffer.alloc(0);
			heard = this.kept;
		}
	}

	private succeed(): void {
		const days = this.connection?.certDays;
		const warn = this.options.tls?.warnDays;
		const answer = this.answer('ok');
		if (days !== undefined && warn !== undefined && days < warn) {
			answer.verdict = 'warning';
			answer.detail = `the certificate ends in ${Math.floor(days)} days`;
		} else if (this.connection && this.connection.missed !== '') answer.detail = oneLine(`also tried: ${this.connection.missed}`);
		this.finish(answer);
	}

	private fail(reason: Reason, detail?: string): void {
		const answer = this.answer('failed');
		answer.reason = reason;
		if (detail !== undefined) answer.detail = oneLine(detail);
		this.finish(answer);
	}

	private finish(answer: Answer): void {
		if (this.options.keepBody) answer.body = new Uint8Array(this.kept);
		this.asking = false;
		this.upgrade = null;
		this.connection?.close(this.options.more?.close === 'rst');
		this.connection = null;
		this.kept = Buffer.alloc(0);
		this.report(answer);
	}

	private answer(verdict: Answer['verdict']): Answer {
		const { connection } = this;
		const endMs = this.options.clock.now();
		return {
			verdict,
			fresh: true,
			...(connection?.address !== undefined && { address: connection.address }),
			...(connection?.certDays !== undefined && { certDays: connection.certDays }),
			phases: {
				dns: connection?.dnsMs ?? null,
				connect: connection?.connectMs ?? null,
				tls: connection?.tlsMs ?? null,
				firstByte: this.firstMs > 0 ? this.firstMs - this.writtenMs : null,
				transfer: this.firstMs > 0 ? endMs - this.firstMs : null,
			},
			sentMs: this.sentMs,
			endMs,
			bytes: { sent: this.sent, received: this.received },
		};
	}
}

/** `more.send` and `more.expect` (text with escapes, hex:…, /regex/), `more.starttls`, `more.close` = 'rst'. */
export const tcp: Probe = { open: (target, options, report) => new Dialog(target, options, report) };
