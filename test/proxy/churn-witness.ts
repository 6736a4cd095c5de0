import type { Socket } from 'node:net';
import type { Rng } from '../../src/model/rng.js';

/** What everybody says: numbered records of 16 bytes, so that what is lost, moved or twice shows. */
const RECORD = 16;
const COUNT = 1 << 18;
const checksum = (n: number): string => (Math.imul(n + 1, 0x9e3779b1) >>> 12).toString(36).padStart(5, '0').slice(-5);
const text = (n: number): string => `<${n.toString().padStart(8, '0')}${checksum(n)}>\n`;
let all: Buffer | null = null;
const content = (): Buffer => {
	all ??= Buffer.from(Array.from({ length: COUNT }, (_, n) => text(n)).join(''), 'latin1');
	return all;
};

/** Closed by a toxic: what came must be a prefix of what was said. */
const CLOSES = ['limit_data', 'reset_peer', 'reset_connect', 'blackhole'];

/** Lose pieces, and what is behind them still comes: `timeout` too, when its toxicity is lowered. */
const LOSES = ['packet_loss', 'timeout'];

/** A client of an echo behind the proxy. It says the records in order, and judges what comes back by what its toxic may claim. */
export class Witness {
	/** The type of the toxics that it may meet besides harmless ones. */
	readonly claim: string | null;
	readonly closed: Promise<void>;
	sent = 0;
	received = 0;
	private readonly socket: Socket;
	private readonly chance: Rng;
	private readonly kept: Buffer[] = [];
	private ending = '';
	private finishing = false;
	private wrong = '';

	constructor(socket: Socket, claim: string | null, chance: Rng) {
		this.socket = socket;
		this.claim = claim;
		this.chance = chance;
		socket.on('data', (chunk) => this.hear(chunk));
		socket.on('end', () => {
			this.ending ||= 'EOF';
		});
		socket.on('error', (error: NodeJS.ErrnoException) => {
			this.ending ||= error.code ?? 'error';
		});
		this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
	}

	say(): void {
		const { socket } = this;
		if (this.finishing || socket.destroyed || socket.connecting || socket.writableLength > 65_536 || this.sent - this.received > 400_000) return;
		const n = Math.min(1 + Math.floor(this.chance.next() * 6000), content().length - this.sent);
		socket.write(content().subarray(this.sent, this.sent + n));
		this.sent += n;
		if (this.sent === content().length) this.finish();
	}

	/** No more is said. Whoever must get everything back waits for it; the others end at once. */
	finish(): void {
		if (this.finishing) return;
		this.finishing = true;
		if (this.claim === null || this.claim === 'corrupt') this.whole();
		else this.socket.end();
	}

	complaints(): string[] {
		const who = `${this.claim ?? 'harmless'}, ${this.received} of ${this.sent} B, ${this.ending}:`;
		const why = this.wrong || this.judge();
		return why ? [`${who} ${why}`] : [];
	}

	private hear(chunk: Buffer): void {
		const { claim, received } = this;
		this.received += chunk.length;
		if (claim !== null && (LOSES.includes(claim) || claim === 'duplicate')) this.kept.push(chunk);
		else if (claim === 'corrupt') {
			for (let i = 0; i < chunk.length && !this.wrong; i++) {
				const flipped = (chunk[i] as number) ^ (content()[received + i] as number);
				// A chunk of one byte may be met in both directions, and by several toxics.
				if (flipped !== 0 && popcount(flipped) > 4) this.wrong = `byte ${received + i} is another one`;
			}
		} else if ((claim === null || CLOSES.includes(claim)) && !chunk.equals(content().subarray(received, received + chunk.length)))
			this.wrong ||= `other bytes from ${received} on`;
		if (this.finishing) this.whole();
	}

	private whole(): void {
		if ((this.claim === null || this.claim === 'corrupt') && this.received >= this.sent && !this.socket.writableEnded) this.socket.end();
	}

	private judge(): string {
		const { claim } = this;
		if (this.received > this.sent && claim !== 'duplicate') return 'more than was sent';
		if (claim === null || claim === 'corrupt') {
			return this.received === this.sent && this.ending === 'EOF' ? '' : 'not whole';
		}
		if (!LOSES.includes(claim) && claim !== 'duplicate') return '';
		const numbers = this.records();
		let last = -1;
		for (const n of numbers) {
			// A chunk that is repeated inside one record breaks that one.
			if (n > last + 2 && claim === 'duplicate') return `record ${n} came, ${last + 1} never did`;
			if (n <= last && claim !== 'duplicate') return `record ${n} came behind ${last}`;
			last = Math.max(last, n);
		}
		return '';
	}

	/** The records that came whole, in order. */
	private records(): number[] {
		const came = Buffer.concat(this.kept).toString('latin1');
		const found: number[] = [];
		for (let at = came.indexOf('<'); at >= 0 && at + RECORD <= came.length; ) {
			const n = Number(came.slice(at + 1, at + 9));
			const whole = Number.isInteger(n) && came.slice(at, at + RECORD) === text(n);
			if (whole) found.push(n);
			at = came.indexOf('<', at + (whole ? RECORD : 1));
		}
		return found;
	}
}

const popcount = (byte: number): number => {
	let n = 0;
	for (let b = byte; b > 0; b >>= 1) n += b & 1;
	return n;
};
