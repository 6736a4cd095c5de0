import type { Clock } from '../model/clock.js';
import type { Sample } from '../model/sample.js';
import type { Target } from '../model/target.js';
import { loadProbe, openProber } from '../probes/index.js';
import type { Answer, ProbeOptions, Prober } from '../probes/probe.js';
import { toSample } from './heartbeat/heartbeat.js';
import { LoopWatch } from './heartbeat/loop-watch.js';

export interface RoundsOptions {
	clock: Clock;
	timeoutMs: number;
	probe: Omit<ProbeOptions, 'clock'>;
	/** The last word on an answer. */
	judge?: (answer: Answer, target: Target) => Answer;
}

export interface Reply {
	target: Target;
	sample: Sample;
	answer: Answer;
}

const WATCH_MS = 50;
/** A tick that is later than this means that we stood still. */
const PAUSE_MS = 250;

/**
 * The same question to all targets in one turn of the event loop, again and again:
 * ```
 *   ask ─┬─► n1 ──► answer ┐
 *        ├─► n2 ──► answer ├─► all, in the order of the targets
 *        └─► n3 ─× timeout ┘
 * ```
 * A heartbeat spreads its questions so that they do not meet; here they must.
 */
export class Rounds {
	private readonly options: RoundsOptions;
	private readonly targets: readonly Target[];
	private readonly probers: Prober[];
	private readonly watch: LoopWatch;
	private replies: (Reply | null)[] = [];
	private left = 0;
	private tainted = false;
	private dueMs = 0;
	private done: (() => void) | null = null;
	private pausedMs = 0;

	private constructor(targets: readonly Target[], options: RoundsOptions, open: (target: Target, report: (answer: Answer) => void) => Prober) {
		this.options = options;
		this.targets = targets;
		this.watch = new LoopWatch(options.clock.now());
		this.probers = [];
		try {
			for (const [i, target] of targets.entries()) this.probers.push(open(target, (answer) => this.heard(i, answer)));
		} catch (error) {
			this.close();
			throw error;
		}
	}

	/** Rejects with what is wrong with a target or an option (exit 2); nothing has been asked then. */
	static async open(targets: readonly Target[], options: RoundsOptions): Promise<Rounds> {
		const probes = await Promise.all(targets.map(({ protocol }) => loadProbe(protocol, options.probe.more)));
		const told = { ...options.probe, clock: options.clock };
		const byTarget = new Map(targets.map((target, i) => [target, probes[i]]));
		return new Rounds(targets, options, (target, report) => openProber(byTarget.get(target) as NonNullable<(typeof probes)[number]>, target, told, report));
	}

	/** One round; resolves when all have answered or failed to. Never rejects. One at a time. */
	async ask(fresh: boolean): Promise<{ replies: Reply[]; pausedMs: number }> {
		const { clock, timeoutMs } = this.options;
		this.replies = this.targets.map(() => null);
		this.left = this.targets.length;
		this.tainted = false;
		this.pausedMs = 0;
		this.dueMs = clock.now();
		const over = new Promise<void>((resolve) => {
			this.done = resolve;
		});
		const ticks = setInterval(this.tick, WATCH_MS);
		// Both ticks that it looks back to are now: what we did before is no part of an answer.
		this.watch.tick(this.dueMs);
		this.watch.tick(this.dueMs);
		this.watch.expectedMs = this.dueMs + WATCH_MS;
		// Timers come before sockets in a turn of the loop: what has arrived is read before anybody is given up.
		const late = setTimeout(() => setImmediate(this.expire), timeoutMs);
		for (const prober of this.probers) prober.ask(fresh);
		if (this.left > 0) await over;
		this.done = null;
		clearTimeout(late);
		clearInterval(ticks);
		this.watch.expectedMs = Number.POSITIVE_INFINITY;
		return { replies: this.replies as Reply[], pausedMs: this.pausedMs };
	}

	/** Asks no more; a round that is under way never resolves. */
	close(): void {
		for (const prober of this.probers) prober.close();
	}

	private readonly tick = (): void => {
		const now = this.options.clock.now();
		const late = this.watch.tick(now);
		this.watch.expectedMs = now + WATCH_MS;
		if (late <= PAUSE_MS) return;
		this.tainted = true;
		this.pausedMs += late;
	};

	private readonly expire = (): void => {
		if (!this.done) return;
		for (const [i, prober] of this.probers.entries()) if (this.replies[i] === null) prober.abandon();
	};

	private heard(i: number, found: Answer): void {
		if (this.replies[i] !== null || this.left === 0) return;
		const now = this.options.clock.now();
		const uncertaintyMs = Math.min(this.watch.uncertaintyMs(now), Math.max(0, found.endMs - found.sentMs));
		const target = this.targets[i] as Target;
		const answer = this.options.judge ? this.options.judge(found, target) : found;
		// Also when the tick that will say that we stood still has not come yet.
		const stoodStill = this.tainted || now - this.watch.expectedMs > PAUSE_MS;
		if (stoodStill && answer.verdict === 'failed' && answer.reason !== 'status' && answer.reason !== 'expectation') {
			answer.detail = `${answer.reason} while daruma itself stood still`;
			answer.reason = 'local';
		}
		this.replies[i] = { target, sample: toSample(answer, this.dueMs, uncertaintyMs), answer };
		if (--this.left === 0) this.done?.();
	}
}
