import type { ProbeResult } from '../../checks/probe/result.js';
import type { WatchEvent, WatchNews, Witness } from '../../checks/watch/events.js';
import { Rate } from '../../checks/watch/rate.js';
import type { WatchRow, WatchView } from '../../checks/watch/view.js';
import { Vitals } from '../../checks/watch/vitals.js';
import { type Testimony, worst } from '../../checks/watch/worst.js';
import type { Cohort, Detector, Opinion } from '../../detectors/detector.js';
import { type CohortSpec, type DetectorSpec, makeCohort, makeDetector } from '../../detectors/index.js';
import { addressOf, type Target } from '../../model/target.js';
import type { AgentWord } from '../../wire/haproxy-agent.js';
import type { PushedReport } from '../../wire/load-report.js';
import { Heartbeat, type HeartbeatOptions } from '../heartbeat/heartbeat.js';
import { Pushed, type PushedOptions } from './pushed.js';

export interface WatchOptions {
	heartbeat: Omit<HeartbeatOptions, 'detector'>;
	detector: DetectorSpec;
	cohorts: readonly CohortSpec[];
	pushed: PushedOptions;
	/** Reports of names that nobody has heard of make endpoints, at most so many; 0: none. */
	acceptUnknown: number;
	/** Tell of every sample, too. */
	samples: boolean;
	/** The time of day. */
	wall(): Date;
}

type Source = 'arguments' | 'file' | 'report' | 'discovery';

interface Entry {
	name: string;
	/** Null: it is not asked, it reports. */
	target: Target | null;
	source: Source;
	vitals: Vitals;
	pushed: Pushed;
	/** What our own questions say. */
	heart: Opinion | null;
	/** The latest word on it, and whose it is. */
	testimony: Testimony;
}

/** How often silence and our own timer are looked at, ms. */
const TICK_MS = 100;
const MINUTE_MS = 60_000;
const UNHEARD: Opinion = { state: 'unknown', why: 'nothing heard yet' };

/**
 * ```
 * questions ─► heartbeat ─► detector ─┐
 * reports, agents ─► ttl, load ───────┼─► the worst of them ─► a change of state ─► whoever listens
 * all together ─► cohorts ────────────┘
 * ```
 * Everything that a watch knows; displays ask for a view of it.
 */
export class WatchSession {
	/** Events that were not told, by whoever shows them. */
	dropped: () => number = () => 0;
	hooks: Readonly<WatchView['hooks']> = { started: 0, failed: 0, refused: 0, running: 0 };
	private readonly entries = new Map<string, Entry>();
	private readonly addresses = new Map<string, Entry[]>();
	private readonly heartbeat: Heartbeat;
	private readonly cohorts: Cohort[];
	private readonly beganMs: number;
	private readonly requests: Rate;
	private readonly bytes: Rate;
	private readonly reports: Rate;
	private readonly pauses = { count: 0, totalMs: 0 };
	/** The worst lateness of this minute and of the one before. */
	private late = { at: 0, now: 0, before: 0 };
	private accepted = 0;
	private expectedMs: number;
	private readonly timer: NodeJS.Timeout;
	private readonly options: WatchOptions;
	private readonly tell: (event: WatchEvent) => void;

	/** `done`: every endpoint has had its `count` of questions. @throws {DarumaError} E_DETECTOR */
	constructor(options: WatchOptions, tell: (event: WatchEvent) => void, done: () => void = () => {}) {
		this.options = options;
		this.tell = tell;
		const { clock, pauseMs = 250 } = options.heartbeat;
		const now = clock.now();
		this.beganMs = now;
		[this.requests, this.bytes, this.reports] = [new Rate(now), new Rate(now), new Rate(now)];
		// Wrong settings are told before anything is asked.
		makeDetector(options.detector);
		new Pushed(options.pushed);
		this.cohorts = options.cohorts.map(makeCohort);
		this.heartbeat = new Heartbeat(
			{ ...options.heartbeat, detector: (): Detector => makeDetector(options.detector) },
			{
				onSample: (target, sample, answer) => {
					const entry = this.entries.get(target.name);
					if (!entry) return;
					this.requests.add(1, sample.endMs);
					this.bytes.add(sample.bytes.sent + sample.bytes.received, sample.endMs);
					entry.vitals.add(sample, answer.certDays);
					if (sample.load !== undefined) entry.pushed.heardLoad(sample.load, sample.endMs);
					if (sample.reason !== 'local') for (const cohort of this.cohorts) cohort.heard(target.name, sample);
					if (options.samples) this.say({ kind: 'sample', endpoint: target.name, ...sample });
					this.consider(entry, clock.now());
				},
				onState: (target, opinion, at) => {
					const entry = this.entries.get(target.name);
					if (!entry) return;
					entry.heart = opinion;
					this.consider(entry, at);
				},
				onSkip: (target, beats) => {
					const entry = this.entries.get(target.name);
					if (entry) entry.vitals.skipped += beats;
				},
				onDone: done,
			},
		);
		this.expectedMs = now + TICK_MS;
		this.timer = setInterval(() => this.tick(pauseMs), TICK_MS);
	}

	get size(): number {
		return this.entries.size;
	}

	names(source: Source): string[] {
		return [...this.entries.values()].filter((entry) => entry.source === source).map(({ name }) => name);
	}
	target(name: string): Target | null {
		return this.entries.get(name)?.target ?? null;
	}
	has(name: string): boolean {
		return this.entries.has(name);
	}

	/** Begins to ask them. Rejects with what is wrong with a target (exit 2) before any of them is asked; those that are there already stay as they are. */
	async add(targets: readonly Target[], source: Source, quiet = false): Promise<void> {
		const fresh = new Map(targets.filter(({ name }) => !this.entries.has(name)).map((target) => [target.name, target]));
		for (const target of fresh.values()) this.enter(target.name, target, source);
		try {
			await this.heartbeat.add(...fresh.values());
		} catch (error) {
			for (const name of fresh.keys()) this.leave(name);
			throw error;
		}
		// Opening a thousand of them at once takes its time, and is no pause in a watch.
		this.expectedMs = Math.max(this.expectedMs, this.options.heartbeat.clock.now() + TICK_MS);
		if (!quiet) for (const endpoint of fresh.keys()) this.say({ kind: 'endpoint', change: 'added', endpoint, source });
	}

	/** An endpoint that is not asked: it has to report. */
	await(name: string): void {
		const entry = this.entries.get(name) ?? this.enter(name, null, 'arguments');
		entry.pushed.await(this.options.heartbeat.clock.now());
	}

	remove(name: string): boolean {
		const entry = this.leave(name);
		if (!entry) return false;
		if (entry.target) this.heartbeat.remove(name);
		this.say({ kind: 'endpoint', change: 'removed', endpoint: name, source: entry.source });
		return true;
	}

	/** What an endpoint says of itself. `unknown`: nobody has heard of it; `full`: too many such are there already. */
	report(name: string, said: PushedReport | { agent: AgentWord }): WatchRow | 'unknown' | 'full' {
		const now = this.options.heartbeat.clock.now();
		const entry = this.find(name) ?? this.accept(name);
		if (typeof entry === 'string') return entry;
		this.reports.add(1, now);
		if ('agent' in said) entry.pushed.agent(said.agent, now);
		else entry.pushed.report(said, now);
		this.consider(entry, now);
		return this.row(entry, now);
	}

	/** It will report no more: its silence means nothing from now on. False: there is no such endpoint. */
	signOff(name: string): boolean {
		const entry = this.find(name);
		if (!entry) return false;
		entry.pushed.forget();
		if (entry.target) this.consider(entry, this.options.heartbeat.clock.now());
		else this.remove(entry.name);
		return true;
	}

	say(news: WatchNews): void {
		const now = this.options.heartbeat.clock.now();
		this.tell({ time: this.options.wall().toISOString(), atMs: Number((now - this.beganMs).toFixed(3)), ...news });
	}

	/** Its last words have their times from here, too. */
	finish(last: (times: { time: string; atMs: number }) => void): void {
		const now = this.options.heartbeat.clock.now();
		last({ time: this.options.wall().toISOString(), atMs: Number((now - this.beganMs).toFixed(3)) });
	}

	view(): WatchView {
		const now = this.options.heartbeat.clock.now();
		this.refresh();
		const { asked, out, skipped } = this.heartbeat.totals;
		return {
			nowMs: now,
			elapsedMs: now - this.beganMs,
			time: this.options.wall().toISOString(),
			rows: [...this.entries.values()].map((entry) => this.row(entry, now)),
			asked,
			out,
			skipped,
			pauses: this.pauses,
			lateMs: Math.max(this.late.now, this.late.before),
			cost: { requestsPerSecond: this.requests.of(now), bytesPerSecond: this.bytes.of(now), reportsPerSecond: this.reports.of(now) },
			hooks: this.hooks,
			dropped: this.dropped(),
		};
	}

	/** As `probe` would tell it. */
	result(): ProbeResult {
		this.refresh();
		const endpoints = [...this.entries.values()].map(({ name, target, vitals, testimony }) =>
			vitals.result(name, target?.protocol ?? 'push', testimony.opinion),
		);
		const bad = endpoints.some(({ state }) => state === 'down');
		return {
			schema: 'daruma.probe/1',
			verdict: bad ? 'fail' : endpoints.some(({ state }) => state === 'unknown') ? 'inconclusive' : 'pass',
			endpoints,
			pauses: { count: this.pauses.count, totalMs: Math.round(this.pauses.totalMs) },
		};
	}

	stop(): void {
		clearInterval(this.timer);
		this.heartbeat.stop();
	}

	private enter(name: string, target: Target | null, source: Source): Entry {
		const vitals = new Vitals(this.options.heartbeat.clock.now());
		const entry: Entry = {
			name,
			target,
			source,
			vitals,
			pushed: new Pushed(this.options.pushed),
			heart: target ? UNHEARD : null,
			testimony: { by: target ? 'probe' : 'report', opinion: UNHEARD },
		};
		this.entries.set(name, entry);
		if (target) this.addresses.set(addressOf(target), [...(this.addresses.get(addressOf(target)) ?? []), entry]);
		return entry;
	}

	private leave(name: string): Entry | undefined {
		const entry = this.entries.get(name);
		this.entries.delete(name);
		if (entry?.target) {
			const left = (this.addresses.get(addressOf(entry.target)) ?? []).filter((each) => each !== entry);
			if (left.length > 0) this.addresses.set(addressOf(entry.target), left);
			else this.addresses.delete(addressOf(entry.target));
		}
		if (entry?.source === 'report') this.accepted--;
		return entry;
	}

	/** By its name; or by host:port, where only one is there. */
	private find(name: string): Entry | undefined {
		const there = this.addresses.get(name);
		return this.entries.get(name) ?? (there?.length === 1 ? there[0] : undefined);
	}

	private accept(name: string): Entry | 'unknown' | 'full' {
		if (this.options.acceptUnknown === 0) return 'unknown';
		if (this.accepted >= this.options.acceptUnknown) return 'full';
		this.accepted++;
		const entry = this.enter(name, null, 'report');
		this.say({ kind: 'endpoint', change: 'added', endpoint: name, source: 'report' });
		return entry;
	}

	/** Detectors change their words also while nothing happens. */
	private refresh(): void {
		const now = this.options.heartbeat.clock.now();
		for (const [name, opinion] of this.heartbeat.opinions()) {
			const entry = this.entries.get(name);
			if (!entry) continue;
			entry.heart = opinion;
			this.consider(entry, now);
		}
	}

	private consider(entry: Entry, now: number): void {
		const testimony = worst([
			...(entry.heart ? [{ by: 'probe' as const, opinion: entry.heart }] : []),
			...entry.pushed.testimonies(now),
			...this.cohorts.map((cohort) => ({ by: 'cohort' as const, opinion: cohort.state(entry.name, now) })),
		]);
		entry.testimony = testimony;
		const from = entry.vitals.state;
		const { state, why, score } = testimony.opinion;
		if (!entry.vitals.change(state, now, this.options.wall().toISOString())) return;
		this.say({ kind: 'state', endpoint: entry.name, from, to: state, why, by: testimony.by as Witness, ...(score !== undefined && { score }) });
	}

	private row(entry: Entry, now: number): WatchRow {
		const { state, why, score } = entry.testimony.opinion;
		return {
			endpoint: entry.name,
			protocol: entry.target?.protocol ?? 'push',
			state,
			why,
			by: entry.testimony.by,
			...(score !== undefined && { score }),
			vitals: entry.vitals,
			uptime: entry.vitals.uptime.share(now),
			reports: entry.pushed.reports,
			load: entry.pushed.load,
			weight: entry.pushed.weight,
			metrics: entry.pushed.metrics,
		};
	}

	private tick(pauseMs: number): void {
		const now = this.options.heartbeat.clock.now();
		const lateMs = Math.max(0, now - this.expectedMs);
		this.expectedMs = now + TICK_MS;
		if (now - this.late.at > MINUTE_MS) this.late = { at: now, now: 0, before: this.late.now };
		this.late.now = Math.max(this.late.now, lateMs);
		if (lateMs > pauseMs) this.paused(now, lateMs);
		for (const entry of this.entries.values()) if (entry.heart === null || entry.pushed.reports > 0 || entry.pushed.load !== null) this.consider(entry, now);
	}

	/** The heartbeat sees to its own detectors; reports, and the time that is counted, are ours. */
	private paused(now: number, forMs: number): void {
		this.pauses.count++;
		this.pauses.totalMs += forMs;
		for (const { pushed, vitals } of this.entries.values()) {
			pushed.paused(now, forMs);
			vitals.uptime.paused(now, forMs);
		}
		for (const cohort of this.cohorts) cohort.paused?.(now, forMs);
		this.say({ kind: 'pause', forMs: Number(forMs.toFixed(3)) });
	}
}
