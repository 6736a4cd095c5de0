/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The library's hands: clusters in this process, and the ones that `daruma cluster up` holds. No signal handlers, no
 * output, no lock: as many clusters at once as the machine carries.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadPlan } from '../../config/load.js';
import { planFromObject, stageFromObject } from '../../config/stage.js';
import type { FaultParameters, WrittenCluster, WrittenPlan, WrittenSubject, WrittenTime } from '../../config/written.js';
import type { FaultKind } from '../../model/fault.js';
import type { RunResult } from '../../model/run.js';
import type { FaultHandle, NodeStatus, SessionStatus } from '../../model/session.js';
import { createRun } from '../../platform/run-folder.js';
import type { Progress } from '../progress.js';
import { runPlan } from '../run.js';
import { Fault } from './fault.js';
import { type LocalSession, openSession } from './local.js';
import { connectSession, type RemoteSession } from './remote.js';
import type { LogOptions, Session } from './session.js';

/** The words of `cluster:` in daruma.yaml at the top; paths count from the working directory. */
export interface ClusterOptions extends WrittenCluster {
	/** Who stands before the nodes; none unless said. */
	subject?: WrittenSubject;
	/** Of every random decision; a fresh one unless said. */
	seed?: number;
	/** Where `.daruma/` is made and kept, with logs and history; else a temporary folder that is gone when the cluster ended well. */
	folder?: string;
	/** Aborted, it heals and ends everything. */
	signal?: AbortSignal;
}

/** `for`: heal after so long; else it lasts until it is healed. */
export interface FaultOptions extends FaultParameters {
	for?: WrittenTime;
}

export interface ClusterMember {
	name: string;
	host: string;
	port: number;
	url: string;
}

/** What can be done to a cluster, wherever it lives. */
abstract class Hands {
	protected readonly session: Session;
	/** n1 …, in order. Addresses stay the same over restarts. */
	readonly nodes: readonly ClusterMember[];
	/** Of the subject; null where nothing stands before the nodes. */
	readonly url: string | null;

	constructor(session: Session, nodes: readonly ClusterMember[], url: string | null) {
		this.session = session;
		this.nodes = nodes;
		this.url = url;
	}

	status(): Promise<SessionStatus> {
		return this.session.status();
	}

	/** `target`: n1 …, one, minority, half, majority, all. Resolves when the effect was seen at each node, or could not be in time (`effective` says which). */
	async inject(kind: FaultKind, target: string, options: FaultOptions = {}): Promise<Fault> {
		return new Fault(this.session, await this.session.inject({ kind, target, ...options }));
	}

	/** All faults, those of one node, or one by its id. Resolves when each node was seen to answer again. */
	heal(what = 'all'): Promise<FaultHandle[]> {
		return this.session.heal(what);
	}

	restart(node: string): Promise<NodeStatus> {
		return this.session.restart(node);
	}

	/** What n1 … or `subject` wrote. */
	logs(who: string, options?: LogOptions): AsyncIterable<string> {
		return this.session.logs(who, options);
	}
}

/** A cluster of this process. `await using` heals and ends it. */
export class Cluster extends Hands {
	/** The run's folder: history.ndjson, journal.ndjson, logs. */
	readonly folder: string;
	/** Resolves when it has ended, by whatever. */
	readonly ended: Promise<void>;
	private readonly temporary: string | null;
	private stopped: Promise<void> | null = null;

	constructor(session: LocalSession, temporary: string | null) {
		const { nodes, subject } = session.snapshot();
		super(
			session,
			nodes.map(({ name, host, port, url }) => ({ name, host, port, url })),
			subject.url,
		);
		this.folder = session.folder.path;
		this.ended = session.ended;
		this.temporary = temporary;
		// Aborted, or not to be held any more: it ends, and the next call says why.
		void session.curtain.fallen.then(() => this.stop().catch(() => {}));
	}

	/** Heals and ends everything, and verifies it: E_UNHEALED (exit 6) if it could not. Idempotent. */
	stop(): Promise<void> {
		this.stopped ??= this.end();
		return this.stopped;
	}

	private async end(): Promise<void> {
		await this.session.stop();
		if (this.temporary !== null) await rm(this.temporary, { recursive: true, force: true });
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.stop();
	}
}

/** A cluster that another process holds (`daruma cluster up`). `await using` lets go of it; it lives on. */
export class AttachedCluster extends Hands {
	private readonly remote: RemoteSession;
	constructor(remote: RemoteSession, { nodes, subject }: SessionStatus) {
		super(
			remote,
			nodes.map(({ name, host, port, url }) => ({ name, host, port, url })),
			subject.url,
		);
		this.remote = remote;
	}

	/** Ends the cluster, as `daruma cluster down` does. */
	stop(): Promise<void> {
		return this.remote.stop();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.remote.close();
	}
}

/**
 * Starts a cluster. Resolves when each node and the subject answer; throws a DarumaError (E_OPTIONS names the key that is
 * wrong) after ending whatever it had started.
 */
export const cluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
	const { folder, signal, ...written } = options;
	const plan = await stageFromObject(written, process.cwd());
	const temporary = folder === undefined ? await mkdtemp(join(tmpdir(), 'daruma-library-')) : null;
	try {
		const session = await openSession({ plan, folder: createRun(resolve(temporary ?? (folder as string))), ...(signal && { signal }) });
		return new Cluster(session, temporary);
	} catch (error) {
		if (temporary !== null && (error as { exit?: number }).exit !== 6) await rm(temporary, { recursive: true, force: true });
		throw error;
	}
};

/** The cluster of `folder`, or of the nearest one above, that `daruma cluster up` holds. Throws E_NO_CLUSTER (exit 4). */
export const attach = async (folder = process.cwd()): Promise<AttachedCluster> => {
	const remote = await connectSession(folder);
	try {
		return new AttachedCluster(remote, await remote.status());
	} catch (error) {
		remote.close();
		throw error;
	}
};

/** A fault at the cluster that `daruma cluster up` holds; `await using` heals it. Left alone, it is its supervisor's. */
export const inject = async (kind: FaultKind, target: string, options: FaultOptions = {}, folder = process.cwd()): Promise<Fault> => {
	const remote = await connectSession(folder);
	try {
		return new Fault(remote, await remote.inject({ kind, target, ...options }), () => remote.close());
	} catch (error) {
		remote.close();
		throw error;
	}
};

export interface VerifyOptions {
	/** Where `.daruma/` is made and the run is kept; one run at a time there. Else a temporary folder, kept only if not everything held. */
	folder?: string;
	/** Aborted, it heals and throws. */
	signal?: AbortSignal;
	onProgress?: (progress: Progress) => void;
}

/** A judged run; `folder` is where its history lies, null if it was not kept. */
export type VerifyResult = RunResult & { folder: string | null };

/**
 * Runs the experiments of a daruma.yaml (its path), or of an object with the same words, and judges them. A failed or
 * inconclusive run is a result; what could not be run is thrown as a DarumaError.
 */
export const verify = async (what: WrittenPlan | string, { folder, signal, onProgress }: VerifyOptions = {}): Promise<VerifyResult> => {
	const cwd = process.cwd();
	const { plan } = typeof what === 'string' ? await loadPlan({ file: what, cwd }) : await planFromObject(what, cwd);
	const temporary = folder === undefined ? await mkdtemp(join(tmpdir(), 'daruma-verify-')) : null;
	let keep = false;
	try {
		const finished = await runPlan(plan, { baseDir: temporary ?? resolve(folder as string), ...(signal && { signal }), ...(onProgress && { onProgress }) });
		keep = finished.result.verdict !== 'pass';
		return { ...finished.result, folder: temporary === null || keep ? finished.folder : null };
	} catch (error) {
		keep = (error as { exit?: number }).exit === 6;
		throw error;
	} finally {
		if (temporary !== null && !keep) await rm(temporary, { recursive: true, force: true });
	}
};
