/**
 * One `verify`, from a resolved plan to a judged result. Reads like a table of contents:
 *
 *   check the subject → folder, lock, custody → for each experiment: stage, conduct, witness, strike → read → judge
 *
 * Everything that was started ends here, whatever happens; the first reason to stop is the one that is reported, but an
 * undo that could not be verified (exit 6) goes before all.
 */
import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { openCustody } from '../custody/open.js';
import { type Occurrence, timeline } from '../faults/timeline.js';
import { DarumaError, EXIT, stageError, usageError } from '../model/errors.js';
import type { Plan } from '../model/plan.js';
import { rng } from '../model/rng.js';
import type { RunResult } from '../model/run.js';
import { MonotonicClock, monotonicNs } from '../platform/clock.js';
import { HistoryWriter } from '../platform/history-writer.js';
import { recordLag } from '../platform/lag.js';
import { type Lock, lockFolder } from '../platform/lock.js';
import { createRun, type RunFolder } from '../platform/run-folder.js';
import { SUBJECTS } from '../subjects/index.js';
import { Curtain } from './curtain.js';
import { perform } from './perform.js';
import type { Progress } from './progress.js';
import { rejudge } from './rejudge.js';

export interface RunOptions {
	/** Where `.daruma/` lives. */
	baseDir: string;
	/** Abort to heal and stop; the reason 'SIGINT' or 'SIGTERM' sets the exit code. */
	signal?: AbortSignal;
	onProgress?: (progress: Progress) => void;
	/** After a halt, go on with the next experiment. */
	keepGoing?: boolean;
	/** How long daruma may be silent before the watchdog heals over its head. */
	leaseMs?: number;
}

export interface Finished {
	result: RunResult;
	/** Absolute path of the run's folder. */
	folder: string;
}

export const runPlan = async (plan: Plan, options: RunOptions): Promise<Finished> => {
	const onProgress = options.onProgress ?? (() => {});
	const kind = await SUBJECTS[plan.subject.kind]();
	const facts = await kind.check(plan.subject as never, plan.cluster.replicas);
	if (plan.traffic.command) await (await import('./own-load.js')).checkOwnTraffic(plan.traffic.command, plan);

	const timelines = timelinesOf(plan);
	const folder = createRun(options.baseDir);
	const lock = lockOrLeave(options.baseDir, folder);
	const curtain = new Curtain(options.signal);
	const zeroNs = monotonicNs();
	const clock = new MonotonicClock(zeroNs);
	try {
		const history = new HistoryWriter(folder.history, (error) => curtain.drop(error as DarumaError));
		history.now({ kind: 'header', t: 0, schema: 'daruma.history/1', run: folder.id, seed: plan.seed, startedAt: new Date().toISOString() });
		await writeFile(folder.plan, `${JSON.stringify(plan, null, '\t')}\n`);
		onProgress({ kind: 'run', run: folder.id, folder: folder.path });
		const stopLag = recordLag(clock, 'daruma', history);
		const custody = await openCustody({ run: folder.id, folder: folder.path, ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }) });
		void custody.broken.then((why) => curtain.drop(new DarumaError('E_CUSTODY', EXIT.stage, `${why}; everything was healed`, 'run again')));
		try {
			let firstId = 1;
			const total = plan.experiments.reduce((sum, e) => sum + e.repeat, 0);
			let index = 0;
			const firstOf = new Map<string, number>();
			let halted = false;
			for (const spec of plan.experiments) {
				firstOf.set(spec.name, index);
				for (let repeat = 0; repeat < spec.repeat; repeat++, index++) {
					if (halted && !options.keepGoing) continue;
					const draws = spec.controlOf === undefined ? index : (firstOf.get(spec.controlOf) ?? index) + repeat;
					const done = await perform({
						plan,
						spec,
						timeline: timelines[draws] as Occurrence[],
						index,
						draws,
						total,
						firstId,
						folder,
						zeroNs,
						clock,
						history,
						custody,
						curtain,
						kind,
						rng: rng(plan.seed),
						onProgress,
					});
					firstId = done.nextId;
					halted ||= done.halted;
				}
			}
		} finally {
			onProgress({ kind: 'stage', text: 'healing and cleaning up' });
			stopLag();
			await custody.close();
		}
		history.close();
		const result = await rejudge(folder.path, { subject: facts });
		await writeFile(folder.result, `${JSON.stringify(result, null, '\t')}\n`);
		return { result, folder: folder.path };
	} catch (error) {
		// Breakage often shows first as a symptom (a closed channel); the reason that fell is the cause.
		const unhealed = error instanceof DarumaError && error.exit === EXIT.unhealed;
		throw unhealed ? error : (curtain.reason ?? asStage(error, folder.path));
	} finally {
		lock.release();
	}
};

/** Who is struck when, for each experiment and repeat. Throws E_FAULTS (exit 2) for faults that this seed does not bring together. */
export const timelinesOf = (plan: Plan): Occurrence[][] => {
	const names = Array.from({ length: plan.cluster.replicas }, (_, i) => `n${i + 1}`);
	const seeded = rng(plan.seed);
	const all = plan.experiments.flatMap((spec) => Array.from({ length: spec.repeat }, () => spec));
	return all.map((spec, index) => {
		const found = timeline(spec.faults, names, (fault) => seeded.fork(`target-${index}-${fault}`));
		if ('text' in found) throw usageError('E_FAULTS', `${spec.name}: ${found.text}`, found.hint);
		return found;
	});
};

/** A run that may not begin leaves no folder: it would be the `latest` one. */
const lockOrLeave = (baseDir: string, folder: RunFolder): Lock => {
	try {
		return lockFolder(baseDir, folder.id);
	} catch (error) {
		rmSync(folder.path, { recursive: true, force: true });
		throw asStage(error, folder.path);
	}
};

const DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'ENOENT']);

/** A folder that cannot be written any more is no bug of ours. */
const asStage = (error: unknown, path: string): unknown => {
	const { code, syscall } = error as NodeJS.ErrnoException;
	if (error instanceof DarumaError || code === undefined || syscall === undefined || !DISK.has(code)) return error;
	return stageError('E_RUN_FOLDER', `cannot write ${path}: ${code}; everything was healed`, 'free some space, or run where you may write');
};
