import { open } from 'node:fs/promises';
import type { Clock } from '../model/clock.js';
import type { Event } from '../model/event.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** A replica of the user's own may write JSON with spaces, and tells of daruma's probes too, which go on while we wait. */
const TOLD = /"kind"\s*:\s*"(?:receipt|response|received|executed|request|node|fault)"/;
const PROBE = /"id"\s*:\s*"probe-/;
const FROM_SERVERS: ReadonlySet<string> = new Set(['receipt', 'response', 'received', 'executed']);
/** Work of a replica, or a gateway's next try, is not waited for beyond this many times the longest that this run has seen. */
const PATIENCE = 2;

/** What replicas have in hands, and what a subject may still hold, as far as the history tells. */
export class Unfinished {
	/** By node and id: what the replica's own ledger began, ended, and the tap saw answered. */
	private readonly work = new Map<string, { node: string; begun: number; done: number; answered: number; sinceMs: number }>();
	private readonly arrivals = new Map<string, number>();
	private readonly abandoned = new Set<string>();
	/** When a request whose client has gone arrived anywhere for the last time. */
	private orphanMs = Number.NEGATIVE_INFINITY;
	private readonly faulty = new Set<string>();
	private longestWorkMs = 0;
	private longestGapMs = 0;
	private readonly gateway: boolean;

	/** `gateway`: the subject outlives its clients, so it may go on for one that has gone. The built-in client does not. */
	constructor(gateway: boolean) {
		this.gateway = gateway;
	}

	hear(event: Event): void {
		if (event.kind === 'node') {
			// What a dead process had begun ends with it.
			if (event.step === 'exited') for (const [key, { node }] of this.work) if (node === event.node) this.work.delete(key);
		} else if (event.kind === 'request') {
			if (event.outcome !== 'failed' || event.status !== undefined) return;
			this.abandoned.add(event.id);
			this.orphanMs = Math.max(this.orphanMs, this.arrivals.get(event.id) ?? this.orphanMs);
		} else if (event.kind === 'fault') {
			if (event.step === 'effective') this.faulty.add(event.target);
		} else if (event.kind === 'receipt' && event.id !== null) {
			const before = this.arrivals.get(event.id);
			// What a faulty node reads may have waited there: that is no pause between two tries.
			if (before !== undefined && !this.faulty.has(event.node)) this.longestGapMs = Math.max(this.longestGapMs, event.t - before);
			this.arrivals.set(event.id, event.t);
			if (this.abandoned.has(event.id)) this.orphanMs = Math.max(this.orphanMs, event.t);
		} else if (event.kind === 'received' && event.id !== null) {
			const key = `${event.node} ${event.id}`;
			const item = this.work.get(key) ?? { node: event.node, begun: 0, done: 0, answered: 0, sinceMs: event.t };
			item.begun += 1;
			item.sinceMs = event.t;
			this.work.set(key, item);
		} else if ((event.kind === 'executed' || event.kind === 'response') && event.id !== null) this.end(event.kind, `${event.node} ${event.id}`, event.t);
	}

	private end(kind: 'executed' | 'response', key: string, t: number): void {
		const item = this.work.get(key);
		if (!item) return;
		if (kind === 'executed') {
			item.done += 1;
			this.longestWorkMs = Math.max(this.longestWorkMs, t - item.sinceMs);
		} else item.answered += 1;
		if (Math.max(item.done, item.answered) >= item.begun) this.work.delete(key);
	}

	/** Has a replica begun anything that it has not ended? */
	get working(): boolean {
		return this.work.size > 0;
	}

	/** Of that, is anything so young that the replica may well end it yet? What is older was given up when its client left. */
	mayStillEnd(nowMs: number): boolean {
		return [...this.work.values()].some((item) => nowMs - item.sinceMs <= PATIENCE * this.longestWorkMs);
	}

	/** May the subject send a request again whose client has gone? Its longest pause between two tries says for how long. */
	mayBeSentAgain(nowMs: number): boolean {
		return this.gateway && this.longestGapMs > 0 && nowMs - this.orphanMs <= PATIENCE * this.longestGapMs;
	}
}

export interface Drain {
	/** The run's history, and the byte at which this experiment's part of it begins. */
	history: string;
	fromByte: number;
	clock: Clock;
	/** No line of a replica or a tap for so long. */
	quietMs: number;
	/** At most so long in all. */
	limitMs: number;
	gateway: boolean;
}

/**
 * Waits until the replicas are idle: they have ended what their own ledgers say they began, no request whose client has
 * gone may be sent again, and no line of theirs or of their taps has come for `quietMs`. False when it was cut off after
 * `limitMs`: then counts are lower bounds.
 */
export const settle = async ({ history, fromByte, clock, quietMs, limitMs, gateway }: Drain): Promise<boolean> => {
	const limit = clock.now() + limitMs;
	const unfinished = new Unfinished(gateway);
	const file = await open(history, 'r');
	try {
		const buffer = Buffer.alloc(1 << 20);
		let at = fromByte;
		let rest = '';
		let since = clock.now();
		let heardMs = Number.NEGATIVE_INFINITY;
		for (;;) {
			const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
			at += bytesRead;
			const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
			rest = lines.pop() as string;
			for (const line of lines) {
				const event = TOLD.test(line) && !PROBE.test(line) ? parse(line) : null;
				if (event === null) continue;
				unfinished.hear(event);
				if (FROM_SERVERS.has(event.kind)) heardMs = Math.max(heardMs, Math.min(event.t, clock.now()));
			}
			if (bytesRead === buffer.length) continue;
			const now = clock.now();
			since = Math.max(since, heardMs);
			const quiet = now - since >= quietMs;
			if (quiet && !unfinished.working && !unfinished.mayBeSentAgain(now)) return true;
			if (now >= limit) return quiet && !unfinished.mayStillEnd(now) && !unfinished.mayBeSentAgain(now);
			await pause(25);
		}
	} finally {
		await file.close();
	}
};

const parse = (line: string): Event | null => {
	try {
		const event = JSON.parse(line) as Event;
		return Number.isFinite(event.t) ? event : null;
	} catch {
		return null;
	}
};
