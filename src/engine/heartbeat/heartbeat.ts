import type { Detector, Opinion } from '../../detectors/detector.js';
import type { Reason, Sample } from '../../model/sample.js';
import type { Target } from '../../model/target.js';
import { type RawHandles, rawHandles } from '../../platform/raw-handles.js';
import { loadProbe, openProber } from '../../probes/index.js';
import type { Answer, Probe, Prober } from '../../probes/probe.js';
import { LoopWatch } from './loop-watch.js';
import type { HeartbeatEvents, HeartbeatOptions } from './options.js';
import { dueMs, nextBeat, scheduleOf } from './schedule.js';
import { DEADLINE, DETECT, DUE, SlotTimes } from './slot-times.js';
import { Timetable } from './timetable.js';

export type { HeartbeatEvents, HeartbeatOptions } from './options.js';

/** While questions are out, a stop of ours must be noticed: a tick at least this often. */
const WATCH_MS = 50;
const IDLE_MS = 1000;
/** From so many endpoints on, connections below Node's sockets are worth the milliseconds that it takes to find out how. */
const MANY = 32;
const UNHEARD: Opinion = { state: 'unknown', why: 'nothing heard yet' };

/** Questions out at one host, and who is due and waits for a place there: first come, first served. */
interface Host {
	name: string;
	slots: number;
	out: number;
	queue: Slot[];
}

/** One endpoint and what is under way with it. */
interface Slot {
	id: number;
	target: Target;
	host: Host;
	prober: Prober;
	detector: Detector | null;
	opinion: Opinion;
	/** The latest beat that was asked or given up. */
	beat: number;
	state: 'waiting' | 'queued' | 'out' | 'expired' | 'done';
	/** It is a quick re-probe: outside of the beats. */
	quick: boolean;
	/** We stood still while it was out. */
	tainted: boolean;
	asked: number;
	/** Which of each `freshEvery` beats goes over a new connection. */
	freshTurn: number;
}

const NOT_OPEN: Prober = { ask() {}, abandon() {}, close() {} };

export interface Totals {
	asked: number;
	skipped: number;
	pauses: number;
	/** Questions that are out now. */
	out: number;
}

/**
 * Asks many endpoints again and again, and says what it heard. One timer: due times, deadlines and the detectors' own
 * times lie in one heap. Nothing is silent: beats that cannot be asked are counted, every sample says when it was due,
 * and how much of it our own event loop may have added.
 */
export class Heartbeat {
	readonly totals: Totals = { asked: 0, skipped: 0, pauses: 0, out: 0 };
	private readonly slots: (Slot | null)[] = [];
	private readonly free: number[] = [];
	private readonly names = new Map<string, Slot>();
	private readonly adding = new Set<string>();
	private readonly table = new Timetable();
	private readonly times: SlotTimes;
	private readonly watch: LoopWatch;
	private readonly hosts = new Map<string, Host>();
	private readonly crowded = new Set<Host>();
	private expired: Slot[] = [];
	private undone = 0;
	private timer: NodeJS.Timeout | null = null;
	private timerMs = Number.POSITIVE_INFINITY;
	/** The timer has the shortest delay that there is. */
	private soonest = false;
	private ticking = false;
	private stopped = false;
	private readonly options: Required<Omit<HeartbeatOptions, 'detector' | 'judge'>> & Pick<HeartbeatOptions, 'detector' | 'judge'>;
	private readonly events: HeartbeatEvents;

	constructor(options: HeartbeatOptions, events: HeartbeatEvents) {
		this.options = {
			spreadMs: options.periodMs,
			jitter: 0.03,
			fastMs: Math.min(250, options.periodMs / 4),
			downMs: options.periodMs,
			freshEvery: 10,
			maxOut: 4096,
			maxOutPerHost: 512,
			count: 0,
			pauseMs: 250,
			rawHandles: true,
			...options,
		};
		this.events = events;
		this.times = new SlotTimes(this.options.periodMs, this.options.jitter);
		this.watch = new LoopWatch(options.clock.now());
	}

	/** Begins to ask. Rejects with what is wrong with a target or an option (exit 2), before anything is asked of any. */
	async add(...targets: Target[]): Promise<void> {
		for (const { name } of targets) this.adding.add(name);
		const probes = new Map<string, Probe>();
		let raw: RawHandles | null = null;
		try {
			if (this.options.rawHandles && this.names.size + targets.length >= MANY) raw = await rawHandles();
			for (const { protocol } of targets) if (!probes.has(protocol)) probes.set(protocol, await loadProbe(protocol, this.options.probe.more));
		} catch (error) {
			for (const { name } of targets) this.adding.delete(name);
			throw error;
		}
		const now = this.options.clock.now();
		const opened: Slot[] = [];
		const options = { ...this.options.probe, clock: this.options.clock, raw };
		for (const target of targets) {
			if (this.stopped || !this.adding.delete(target.name) || this.names.has(target.name)) continue;
			const schedule = scheduleOf(target.name, now, this.options);
			const slot: Slot = {
				id: this.free.pop() ?? this.slots.length,
				target,
				host: this.host(target.socketPath ?? target.host),
				detector: this.options.detector?.(target) ?? null,
				opinion: UNHEARD,
				beat: -1,
				state: 'waiting',
				quick: false,
				tainted: false,
				asked: 0,
				freshTurn: schedule.key % Math.max(1, this.options.freshEvery),
				prober: NOT_OPEN,
			};
			this.slots[slot.id] = slot;
			this.times.begin(slot.id, schedule);
			const probe = probes.get(target.protocol) as Probe;
			try {
				slot.prober = openProber(probe, target, options, (answer) => this.heard(slot, answer));
			} catch (error) {
				for (const before of opened) this.drop(before);
				this.slots[slot.id] = null;
				this.free.push(slot.id);
				slot.host.slots--;
				throw error;
			}
			this.names.set(target.name, slot);
			this.undone++;
			opened.push(slot);
		}
		for (const slot of opened) {
			this.times.set(slot.id, DUE, dueMs(this.times.schedule(slot.id), 0));
			this.place(slot);
		}
		this.arm();
	}

	/** Asks no more; what is out is let go. False: there was no such target. */
	remove(name: string): boolean {
		const slot = this.names.get(name);
		if (!slot) return this.adding.delete(name);
		this.drop(slot);
		this.fill();
		return true;
	}

	/** What is thought of each target now. */
	opinions(): Map<string, Opinion> {
		const now = this.options.clock.now();
		return new Map([...this.names].map(([name, slot]) => [name, slot.detector?.state(now) ?? slot.opinion]));
	}

	stop(): void {
		this.stopped = true;
		for (const slot of [...this.names.values()]) this.drop(slot);
		this.adding.clear();
		if (this.timer) clearTimeout(this.timer);
		this.timer = null;
	}

	private drop(slot: Slot): void {
		this.names.delete(slot.target.name);
		this.table.remove(slot.id);
		if (slot.state === 'out' || slot.state === 'expired') this.leave(slot);
		if (slot.state !== 'done') this.undone--;
		slot.state = 'done';
		slot.prober.close();
		this.slots[slot.id] = null;
		this.free.push(slot.id);
		if (--slot.host.slots === 0) this.hosts.delete(slot.host.name);
	}

	/** Puts a slot where its next time is. */
	private place(slot: Slot): void {
		const own = slot.state === 'waiting' ? this.times.get(slot.id, DUE) : slot.state === 'out' ? this.times.get(slot.id, DEADLINE) : Number.POSITIVE_INFINITY;
		this.table.set(slot.id, Math.min(own, this.times.get(slot.id, DETECT)));
	}

	private arm(): void {
		if (this.stopped || this.ticking) return;
		// A timer that is a little early is left: its tick arms the next one. Moving it would cost more; and one that comes
		// as soon as timers can would only be put off by it, answer by answer.
		if (this.timer && (this.soonest || this.timerMs <= this.table.firstMs + 1)) return;
		if (this.table.size === 0 && this.totals.out === 0) {
			this.disarm();
			return;
		}
		const now = this.options.clock.now();
		// One that is overdue is the witness of a stop: its tick must come.
		if (this.timer && now >= this.timerMs) return;
		const most = this.totals.out > 0 ? WATCH_MS : IDLE_MS;
		const next = Math.min(this.table.firstMs, now + most);
		if (this.timer) clearTimeout(this.timer);
		const delay = Math.max(1, Math.ceil(next - now));
		this.timerMs = now + delay;
		this.soonest = delay === 1;
		this.watch.expectedMs = this.timerMs;
		this.timer = setTimeout(this.tick, delay);
	}

	private disarm(): void {
		if (this.timer) clearTimeout(this.timer);
		this.timer = null;
		this.timerMs = Number.POSITIVE_INFINITY;
		this.watch.expectedMs = Number.POSITIVE_INFINITY;
	}

	private readonly tick = (): void => {
		this.timer = null;
		this.timerMs = Number.POSITIVE_INFINITY;
		this.ticking = true;
		const now = this.options.clock.now();
		const lateMs = this.watch.tick(now);
		this.watch.expectedMs = Number.POSITIVE_INFINITY;
		if (lateMs > this.options.pauseMs) this.pause(lateMs, now);
		const { table } = this;
		while (table.firstMs <= now) this.wake(this.slots[table.first] as Slot, now);
		// What has become due meanwhile would wait for a whole ms more. Once: whoever answers must get a turn, too.
		const then = this.options.clock.now();
		while (table.firstMs <= then) this.wake(this.slots[table.first] as Slot, then);
		this.ticking = false;
		if (this.expired.length > 0) setImmediate(this.expire);
		this.arm();
	};

	/** One of the times of a slot has come. */
	private wake(slot: Slot, now: number): void {
		if (this.times.get(slot.id, DETECT) <= now) this.think(slot, now);
		if (slot.state === 'waiting' && this.times.get(slot.id, DUE) <= now) this.begin(slot, now);
		else if (slot.state === 'out' && this.times.get(slot.id, DEADLINE) <= now) {
			slot.state = 'expired';
			this.expired.push(slot);
			this.place(slot);
		} else this.place(slot);
	}

	/**
	 * The time of these was over when the tick ran, but their answers may lie in the kernel, unread: timers come before
	 * sockets in a turn of the loop. By now the sockets have been read.
	 */
	private readonly expire = (): void => {
		const { expired } = this;
		this.expired = [];
		for (const slot of expired) if (slot.state === 'expired') slot.prober.abandon();
	};

	private pause(forMs: number, now: number): void {
		this.totals.pauses++;
		for (const slot of this.names.values()) {
			if (slot.state === 'out' || slot.state === 'expired') slot.tainted = true;
			slot.detector?.paused?.(now, forMs);
			this.times.set(slot.id, DETECT, slot.detector?.next?.(now) ?? Number.POSITIVE_INFINITY);
			this.place(slot);
		}
		this.events.onPause?.(forMs, now);
	}

	private host(name: string): Host {
		const host = this.hosts.get(name) ?? { name, slots: 0, out: 0, queue: [] };
		this.hosts.set(name, host);
		host.slots++;
		return host;
	}

	private hasPlace(host: Host): boolean {
		return this.totals.out < this.options.maxOut && host.out < this.options.maxOutPerHost;
	}

	private begin(slot: Slot, now: number): void {
		if (this.hasPlace(slot.host)) {
			this.ask(slot, now);
			return;
		}
		slot.state = 'queued';
		slot.host.queue.push(slot);
		this.crowded.add(slot.host);
		this.place(slot);
	}

	private ask(slot: Slot, now: number): void {
		const { freshEvery, timeoutMs } = this.options;
		if (!slot.quick) {
			const { beat, skipped } = nextBeat(this.times.schedule(slot.id), slot.beat, now);
			slot.beat = beat;
			this.times.set(slot.id, DUE, dueMs(this.times.schedule(slot.id), beat));
			if (skipped > 0) this.skip(slot, skipped);
		}
		// The first is fresh in any case. After it, each endpoint has its own turn: ten thousand must not dial in the same second.
		const fresh = freshEvery > 0 && (slot.asked === 0 || (slot.asked + slot.freshTurn) % freshEvery === 0);
		slot.state = 'out';
		slot.tainted = false;
		this.times.set(slot.id, DEADLINE, now + timeoutMs);
		slot.asked++;
		this.totals.asked++;
		this.totals.out++;
		slot.host.out++;
		// Where its next beat lies: mostly it has answered by then, and need not be moved. If not, its deadline is next.
		const next = dueMs(this.times.schedule(slot.id), slot.beat + 1);
		this.table.set(slot.id, Math.min(next, now + timeoutMs, this.times.get(slot.id, DETECT)));
		slot.prober.ask(fresh);
	}

	private leave(slot: Slot): void {
		this.totals.out--;
		slot.host.out--;
	}

	private heard(slot: Slot, found: Answer): void {
		if (slot.state !== 'out' && slot.state !== 'expired') return;
		const now = this.options.clock.now();
		const uncertainty = this.watch.uncertaintyMs(now);
		// We stood still, and this answer was read before the tick that will say so.
		if (now - this.watch.expectedMs > this.options.pauseMs) slot.tainted = true;
		const { target } = slot;
		const answer = this.options.judge ? this.options.judge(found, target) : found;
		if (slot.tainted && answer.verdict === 'failed' && answer.reason !== 'status' && answer.reason !== 'expectation') {
			answer.detail = `${answer.reason} while daruma itself stood still`;
			answer.reason = 'local';
		}
		this.leave(slot);
		const sample = toSample(answer, this.times.get(slot.id, DUE), Math.min(uncertainty, Math.max(0, answer.endMs - answer.sentMs)));
		// What is our own doing says nothing about the endpoint.
		if (answer.reason !== 'local') slot.detector?.heard(sample);
		const { count } = this.options;
		slot.state = count > 0 && slot.asked >= count ? 'done' : 'waiting';
		this.think(slot, now, false);
		if (slot.state === 'waiting') this.plan(slot, answer, now);
		this.place(slot);
		this.events.onSample(target, sample, answer);
		// Whoever heard it may have removed it.
		if (slot.state === 'done' && this.slots[slot.id] === slot) {
			slot.prober.close();
			this.table.remove(slot.id);
			if (--this.undone === 0) this.events.onDone?.();
		}
		this.fill();
		this.arm();
	}

	/** When to ask next: at the next beat; sooner, or some beats later, where the detector says so. */
	private plan(slot: Slot, answer: Answer, now: number): void {
		const { fastMs, downMs, periodMs } = this.options;
		const pace = answer.reason === 'local' ? 'normal' : (slot.detector?.pace?.() ?? 'normal');
		// Beats left out by intention are no skipped ones.
		if (pace === 'down' && downMs > periodMs) slot.beat += Math.round(downMs / periodMs) - 1;
		const regular = dueMs(this.times.schedule(slot.id), slot.beat + 1);
		slot.quick = pace === 'fast' && fastMs !== null && now + fastMs < regular;
		this.times.set(slot.id, DUE, slot.quick ? now + (fastMs as number) : regular);
	}

	private think(slot: Slot, now: number, replace = true): void {
		const { detector } = slot;
		if (!detector) return;
		const opinion = detector.state(now);
		this.times.set(slot.id, DETECT, detector.next?.(now) ?? Number.POSITIVE_INFINITY);
		// A detector that asks to be woken at once would keep the loop busy.
		if (this.times.get(slot.id, DETECT) <= now) this.times.set(slot.id, DETECT, now + 1);
		const before = slot.opinion;
		slot.opinion = opinion;
		if (replace) this.place(slot);
		if (opinion.state !== before.state) this.events.onState?.(slot.target, opinion, now);
	}

	/** Places have become free: at each host, whoever waits longest goes first. */
	private fill(): void {
		if (this.crowded.size === 0 || this.stopped) return;
		const now = this.options.clock.now();
		for (const host of this.crowded) {
			while (host.queue.length > 0 && this.hasPlace(host)) {
				const slot = host.queue.shift() as Slot;
				// Whoever was removed meanwhile waits no more.
				if (slot.state === 'queued') this.ask(slot, now);
			}
			if (host.queue.length === 0) this.crowded.delete(host);
			if (this.totals.out >= this.options.maxOut) return;
		}
	}

	private skip(slot: Slot, beats: number): void {
		this.totals.skipped += beats;
		this.events.onSkip?.(slot.target, beats);
	}
}

export const toSample = (answer: Answer, due: number, uncertaintyMs: number): Sample => {
	const sample: Sample = {
		dueMs: due,
		sentMs: answer.sentMs,
		endMs: answer.endMs,
		verdict: answer.verdict,
		fresh: answer.fresh,
		phases: answer.phases,
		uncertaintyMs,
		bytes: answer.bytes,
	};
	if (answer.reason !== undefined) sample.reason = answer.reason as Reason;
	if (answer.detail !== undefined) sample.detail = answer.detail;
	if (answer.status !== undefined) sample.status = answer.status;
	if (answer.address !== undefined) sample.address = answer.address;
	if (answer.load !== undefined) sample.load = answer.load;
	return sample;
};

/** Asks `targets` until `stop`; more can be added and removed meanwhile. Rejects with what is wrong with a target (exit 2). */
export const startHeartbeat = async (targets: readonly Target[], options: HeartbeatOptions, events: HeartbeatEvents): Promise<Heartbeat> => {
	const heartbeat = new Heartbeat(options, events);
	await heartbeat.add(...targets);
	return heartbeat;
};
