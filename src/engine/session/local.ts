/**
 * A cluster under our own custody, to be broken by hand. Everything that it started, and every fault, ends with `stop`;
 * if we die before that, its watchdog sees to it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster, ClusterNode } from '../../cluster/cluster.js';
import { createCluster } from '../../cluster/create.js';
import { selectNodes } from '../../cluster/select.js';
import { readFault, type StagePlan, type WrittenFault } from '../../config/stage.js';
import type { Custody } from '../../custody/custody.js';
import { openCustody } from '../../custody/open.js';
import { hostPort } from '../../model/endpoint.js';
import { DarumaError, EXIT, stageError, usageError } from '../../model/errors.js';
import type { Event } from '../../model/event.js';
import { type Rng, rng } from '../../model/rng.js';
import type { FaultHandle, NodeStatus, SessionStatus } from '../../model/session.js';
import { MonotonicClock, monotonicNs } from '../../platform/clock.js';
import { HistoryWriter } from '../../platform/history-writer.js';
import { groupMembers } from '../../platform/process-identity.js';
import type { RunFolder } from '../../platform/run-folder.js';
import { SUBJECTS } from '../../subjects/index.js';
import type { RunningSubject } from '../../subjects/subject.js';
import { Curtain } from '../curtain.js';
import { watchNodes } from '../heartbeat/nodes.js';
import { type Question, questionFor } from '../question.js';
import { Injected } from './injected.js';
import { tailLog } from './log-tail.js';
import type { HealWhat, LogOptions, Session } from './session.js';

export type SessionNews =
	| { kind: 'stage'; text: string }
	| { kind: 'state'; node: string; state: NodeStatus['state']; detail?: string }
	| { kind: 'node'; node: string; step: 'started' | 'ready' | 'exited'; life: number; detail?: string }
	| { kind: 'fault'; fault: FaultHandle }
	| { kind: 'subject'; text: string };

export interface SessionOptions {
	plan: StagePlan;
	folder: RunFolder;
	detached?: boolean;
	/** After so long everything ends, ms. */
	leaseMs?: number;
	/** Abort to heal and end; the reason 'SIGINT' or 'SIGTERM' sets the exit code. */
	signal?: AbortSignal;
	onNews?(news: SessionNews): void;
}

const INTERRUPTED: readonly number[] = [EXIT.interrupted, EXIT.terminated];

/** Resolves when each node and the subject answer. Throws a DarumaError after ending whatever it had started. */
export const openSession = async (options: SessionOptions): Promise<LocalSession> => {
	const { plan, folder } = options;
	const kind = await SUBJECTS[plan.subject.kind]();
	await kind.check(plan.subject as never, plan.cluster.replicas);
	const session = new LocalSession(options);
	try {
		await session.begin();
		return session;
	} catch (error) {
		// Breakage often shows first as a symptom; the reason that fell is the cause, and what could not be healed goes before all.
		const end = await session.stop().then(
			() => null,
			(unhealed: unknown) => unhealed,
		);
		throw end ?? session.curtain.reason ?? asStage(error, folder.path);
	}
};

const asStage = (error: unknown, path: string): unknown => {
	const { code, syscall } = error as NodeJS.ErrnoException;
	if (error instanceof DarumaError || code === undefined || syscall === undefined) return error;
	return stageError('E_RUN_FOLDER', `cannot write ${path}: ${code}; everything was healed`, 'free some space, or run where you may write');
};

export class LocalSession implements Session {
	readonly folder: RunFolder;
	/** Falls when it must end: a signal, the lease, broken custody. Whoever owns it then calls `stop`. */
	readonly curtain: Curtain;
	/** Resolves when everything has ended, well or not. */
	readonly ended: Promise<void>;
	custody!: Custody;
	private readonly options: SessionOptions;
	private readonly clock: MonotonicClock;
	private readonly zeroNs = monotonicNs();
	private readonly chance: Rng;
	private readonly faults: Injected[] = [];
	private readonly states = new Map<string, { state: NodeStatus['state']; sinceMs: number }>();
	/** Nodes on which something is being done that nothing else may meet. */
	private readonly busy = new Set<string>();
	private cluster: Cluster | null = null;
	private subject: RunningSubject | null = null;
	private subjectEnded: string | null = null;
	private history: HistoryWriter | null = null;
	private stopBeat: () => void = () => {};
	private cancelLease: () => void = () => {};
	private leaseEnds: number | null = null;
	private stopping: Promise<void> | null = null;
	private tellEnd: () => void = () => {};
	private requests = 0;

	constructor(options: SessionOptions) {
		this.options = options;
		this.folder = options.folder;
		this.curtain = new Curtain(options.signal);
		this.clock = new MonotonicClock(this.zeroNs);
		this.chance = rng(options.plan.seed);
		this.ended = new Promise((resolve) => {
			this.tellEnd = resolve;
		});
	}

	async begin(): Promise<void> {
		const { plan } = this.options;
		const { folder, curtain, clock } = this;
		const history = new HistoryWriter(folder.history, (error) => curtain.drop(error as DarumaError));
		this.history = history;
		history.now({ kind: 'header', t: 0, schema: 'daruma.history/1', run: folder.id, seed: plan.seed, startedAt: new Date().toISOString() });
		await writeFile(folder.session, `${JSON.stringify({ plan }, null, '\t')}\n`);
		this.custody = await openCustody({ run: folder.id, folder: folder.path });
		void this.custody.broken.then((why) => curtain.drop(new DarumaError('E_CUSTODY', EXIT.stage, `${why}; everything was healed and ended`, 'start it again')));
		this.news({ kind: 'stage', text: `starting ${plan.cluster.replicas} replicas` });
		const logDir = join(folder.path, 'logs');
		this.cluster = await createCluster({
			spec: plan.cluster,
			custody: this.custody,
			clock,
			zeroNs: this.zeroNs,
			history: folder.history,
			run: folder.id,
			logDir,
			scratchDir: folder.scratch,
			seed: plan.seed,
			record: (event) => {
				this.record(event);
				this.news({ kind: 'node', node: event.node, step: event.step, life: event.life, ...(event.detail === undefined ? {} : { detail: event.detail }) });
			},
			onFatal: (error) => curtain.drop(error),
		});
		await curtain.race(this.cluster.start());
		await this.startSubject();
		for (const { name } of this.nodes) this.states.set(name, { state: 'unknown', sinceMs: clock.now() });
		const firstLook = new Set(this.nodes.map(({ name }) => name));
		const looked = new Promise<void>((resolve) => {
			this.stopBeat = watchNodes(this.nodes, this.question.probeProtocol, this.question.probePath, clock, (event) => {
				this.record(event);
				this.states.set(event.endpoint, { state: event.state as NodeStatus['state'], sinceMs: clock.now() });
				this.news({
					kind: 'state',
					node: event.endpoint,
					state: event.state as NodeStatus['state'],
					...(event.detail === undefined ? {} : { detail: event.detail }),
				});
				firstLook.delete(event.endpoint);
				if (firstLook.size === 0) resolve();
			});
		});
		await curtain.race(looked);
		const { leaseMs } = this.options;
		if (leaseMs === undefined) return;
		this.leaseEnds = clock.now() + leaseMs;
		this.cancelLease = clock.at(this.leaseEnds, () =>
			curtain.drop(new DarumaError('E_LEASE', EXIT.ok, 'its lease has ended; everything was healed and ended')),
		);
	}

	private async startSubject(): Promise<void> {
		const { plan } = this.options;
		if (plan.subject.kind === 'client') return;
		this.news({ kind: 'stage', text: `starting the subject (${plan.subject.kind})` });
		const dir = join(this.folder.scratch, 'subject');
		await mkdir(dir, { recursive: true });
		const kind = await SUBJECTS[plan.subject.kind]();
		this.subject = await this.curtain.race(
			kind.start(plan.subject as never, {
				run: this.folder.id,
				nodes: this.nodes,
				dir,
				history: this.folder.history,
				clock: this.clock,
				custody: this.custody,
				logFile: this.folder.log('subject'),
			}),
		);
		void this.subject.exited.then((why) => {
			if (this.stopping) return;
			this.subjectEnded = why;
			this.news({ kind: 'subject', text: `the subject has ended: ${why}` });
		});
	}

	get nodes(): readonly ClusterNode[] {
		return this.cluster?.nodes ?? [];
	}

	/** Where the subject listens; null without one. */
	get target(): { host: string; port: number } | null {
		return this.subject?.target ?? null;
	}

	private get question(): Question {
		return questionFor(this.options.plan.cluster);
	}

	async status(): Promise<SessionStatus> {
		this.refuseWhenEnding();
		return this.snapshot();
	}

	/** As it is now; also while it ends. */
	snapshot(): SessionStatus {
		const { folder, clock, options, subject } = this;
		const now = clock.now();
		const target = this.target;
		return {
			schema: 'daruma.cluster/1',
			run: folder.id,
			folder: folder.path,
			pid: process.pid,
			detached: options.detached ?? false,
			upMs: Math.round(now),
			leaseMs: this.leaseEnds === null ? null : Math.max(0, Math.round(this.leaseEnds - now)),
			nodes: this.nodes.map((node) => this.nodeStatus(node)),
			subject: {
				kind: options.plan.subject.kind,
				url: target && `${this.question.probeProtocol}://${hostPort(target)}`,
				host: target?.host ?? null,
				port: target?.port ?? null,
				ended: this.subjectEnded,
				notes: [...(subject?.notes ?? [])],
				logFile: subject && folder.log('subject'),
			},
			faults: this.faults.filter((fault) => fault.present).map((fault) => fault.handle()),
		};
	}

	private nodeStatus(node: ClusterNode): NodeStatus {
		const { name, host, port, life, ward, logFile } = node;
		const running = ward?.running === true;
		const stopped = running && groupMembers(ward.pid).some((p) => p.state === 'T');
		const seen = this.states.get(name);
		return {
			name,
			host,
			port,
			url: `${this.question.probeProtocol}://${hostPort(node)}`,
			pid: running ? ward.pid : null,
			life,
			process: running ? (stopped ? 'stopped' : 'running') : 'gone',
			state: seen?.state ?? 'unknown',
			sinceMs: seen ? Math.round(this.clock.now() - seen.sinceMs) : 0,
			fault: this.faultAt(name)?.handle() ?? null,
			logFile,
		};
	}

	private faultAt(name: string): Injected | undefined {
		return this.faults.find((fault) => fault.present && fault.node === name);
	}

	async inject(written: WrittenFault): Promise<FaultHandle[]> {
		this.refuseWhenEnding();
		const { spec, forMs } = await readFault(written, this.nodes.length);
		const nodes = this.choose(spec.target);
		for (const node of nodes) this.refuseUnlessFree(node);
		const injected = nodes.map((node) => {
			this.requests++;
			return new Injected(this.requests, spec, forMs, {
				node,
				custody: this.custody,
				clock: this.clock,
				curtain: this.curtain,
				seed: this.options.plan.seed,
				...this.question,
				record: (event) => this.record(event),
				changed: (fault) => this.news({ kind: 'fault', fault }),
			});
		});
		// From here on each node is taken: whoever asks meanwhile is refused.
		this.faults.push(...injected);
		const armed = await Promise.allSettled(injected.map((each) => each.arm()));
		const failed = armed.find((each) => each.status === 'rejected');
		if (failed) {
			await Promise.allSettled(injected.map((each) => each.disarm()));
			throw failed.reason;
		}
		const fired = await Promise.allSettled(injected.map((each) => each.fire()));
		for (const each of fired) if (each.status === 'rejected') throw each.reason;
		return injected.map((each) => each.handle());
	}

	private choose(target: string): ClusterNode[] {
		const names = this.nodes.map(({ name }) => name);
		// Whoever says `one` means one that is well.
		const well = target === 'one' ? names.filter((name) => !this.faultAt(name)) : names;
		if (well.length === 0) throw stageError('E_FAULT_PRESENT', 'every node has a fault already', 'heal one first: daruma heal');
		const chosen = selectNodes(well, target, this.chance.fork(`inject-${this.requests}`));
		return this.nodes.filter(({ name }) => chosen.includes(name));
	}

	private refuseUnlessFree({ name, ward }: ClusterNode): void {
		const present = this.faultAt(name)?.handle();
		if (present) {
			throw stageError(
				'E_FAULT_PRESENT',
				`${name} has a fault already: ${present.kind} (${present.id}, ${present.state}); a node has one at a time`,
				`heal it first: daruma heal ${name}`,
			);
		}
		if (this.busy.has(name)) throw stageError('E_NODE_BUSY', `${name} is being started`, 'try again when it is up');
		if (!ward?.running) throw stageError('E_NODE_DOWN', `${name} does not run: there is nothing to break`, `start it: daruma cluster restart ${name}`);
	}

	async heal(what: HealWhat): Promise<FaultHandle[]> {
		this.refuseWhenEnding();
		const present = this.faults.filter((fault) => fault.present);
		const known = what === 'all' || this.nodes.some(({ name }) => name === what) || this.faults.some(({ id }) => id === what);
		if (!known) {
			const words = ['all', ...this.nodes.map(({ name }) => name), ...present.map(({ id }) => id)];
			throw usageError('E_NO_NODE', `there is no ${JSON.stringify(what)} to heal`, `expected one of ${words.join(', ')}`);
		}
		const chosen = present.filter(({ id, node }) => what === 'all' || id === what || node === what);
		const ends = await Promise.allSettled(chosen.map((fault) => fault.heal()));
		for (const end of ends) if (end.status === 'rejected') throw end.reason;
		return chosen.map((fault) => fault.handle());
	}

	async untilHealed(ids: readonly string[]): Promise<FaultHandle[]> {
		const chosen = this.faults.filter(({ id }) => ids.includes(id));
		await Promise.race([Promise.all(chosen.map(({ over }) => over)), this.ended]);
		return chosen.map((fault) => fault.handle());
	}

	async restart(name: string): Promise<NodeStatus> {
		this.refuseWhenEnding();
		const node = this.find(name);
		const fault = this.faultAt(name);
		if (fault && !fault.stuck) {
			throw stageError('E_FAULT_PRESENT', `${name} has a fault: ${fault.handle().kind} (${fault.id})`, `heal it first: daruma heal ${name}`);
		}
		if (this.busy.has(name)) throw stageError('E_NODE_BUSY', `${name} is being started already`, 'wait until it is up');
		this.busy.add(name);
		try {
			await node.kill();
			await this.curtain.race(node.start());
			fault?.replaced();
			return this.nodeStatus(node);
		} finally {
			this.busy.delete(name);
		}
	}

	async *logs(who: string, options: LogOptions = {}): AsyncIterable<string> {
		this.refuseWhenEnding();
		const file = who === 'subject' || who === 'supervisor' ? this.folder.log(who) : this.find(who, ['subject', 'supervisor']).logFile;
		yield* tailLog(file, options, this.ended);
	}

	private find(name: string, others: readonly string[] = []): ClusterNode {
		const node = this.nodes.find((each) => each.name === name);
		if (node) return node;
		throw usageError(
			'E_NO_NODE',
			`there is no node ${JSON.stringify(name)}`,
			`expected one of ${[...this.nodes.map((each) => each.name), ...others].join(', ')}`,
		);
	}

	/** What made it end, if not `stop` alone. */
	get reason(): DarumaError | null {
		return this.curtain.reason;
	}

	stop(): Promise<void> {
		this.stopping ??= this.end();
		return this.stopping;
	}

	private async end(): Promise<void> {
		this.news({ kind: 'stage', text: 'healing and ending everything' });
		this.cancelLease();
		this.stopBeat();
		// Whoever still waits for a fault learns that the session ends.
		if (!this.curtain.reason) this.curtain.drop(stageError('E_SESSION_ENDED', 'the cluster is being ended; everything is healed'));
		let verified = false;
		try {
			await this.subject?.stop().catch(() => {});
			await this.custody?.close();
			verified = true;
		} finally {
			for (const fault of this.faults) if (fault.present) fault.ended(verified);
			this.history?.close();
			this.history = null;
			this.tellEnd();
		}
	}

	private refuseWhenEnding(): void {
		const { reason } = this.curtain;
		if (reason && !INTERRUPTED.includes(reason.exit)) throw reason;
		if (reason || this.stopping) throw stageError('E_SESSION_ENDED', 'the cluster is being ended; everything is healed');
	}

	private record(event: Event): void {
		this.history?.now(event);
	}

	private news(news: SessionNews): void {
		this.options.onNews?.(news);
	}
}
