import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createCluster } from '../cluster/create.js';
import type { Custody } from '../custody/custody.js';
import type { Clock } from '../model/clock.js';
import { stageError } from '../model/errors.js';
import type { Event, RequestEvent } from '../model/event.js';
import type { ExperimentSpec, Plan } from '../model/plan.js';
import type { Rng } from '../model/rng.js';
import { readHistory } from '../platform/history-reader.js';
import type { HistoryWriter } from '../platform/history-writer.js';
import type { RunFolder } from '../platform/run-folder.js';
import type { SubjectKind } from '../subjects/subject.js';
import { conduct, WARM_UP_MS } from './conduct.js';
import type { Curtain } from './curtain.js';
import { settle } from './drain.js';
import { openLoad } from './generator.js';
import { watchNodes } from './heartbeat/nodes.js';
import type { Progress } from './progress.js';

interface Performance {
	plan: Plan;
	spec: ExperimentSpec;
	index: number;
	total: number;
	firstId: number;
	folder: RunFolder;
	zeroNs: string;
	clock: Clock;
	history: HistoryWriter;
	custody: Custody;
	curtain: Curtain;
	kind: SubjectKind<never>;
	rng: Rng;
	onProgress(progress: Progress): void;
}

/** Sets one experiment's stage (each starts afresh, so that no experiment inherits a wound), conducts it, asks the witness, strikes the stage. */
export const perform = async (p: Performance): Promise<number> => {
	const { plan, spec, index, curtain, clock, custody, folder, onProgress } = p;
	const record = (event: Event): void => p.history.now(event);
	const totalMs = WARM_UP_MS + spec.baselineMs + Math.max(...spec.faults.map((f) => f.atMs + f.forMs)) + spec.afterMs;
	onProgress({ kind: 'experiment', index, of: p.total, name: spec.name, totalMs });
	const place = async (...names: string[]): Promise<string> => {
		const path = join(folder.path, ...names);
		await mkdir(path, { recursive: true });
		return path;
	};
	const logs = await place('logs', `e${index}`);
	const fromByte = (await stat(folder.history)).size;

	onProgress({ kind: 'stage', text: `starting ${plan.cluster.replicas} replicas` });
	const cluster = await createCluster({
		spec: plan.cluster,
		correlate: plan.traffic.correlate,
		custody,
		clock,
		zeroNs: p.zeroNs,
		history: folder.history,
		run: folder.id,
		logDir: logs,
		scratchDir: await place('scratch', `e${index}`),
		seed: plan.seed,
		record,
		onFatal: (error) => curtain.drop(error),
	});
	const strike: (() => Promise<unknown>)[] = [() => cluster.stop()];
	try {
		await curtain.race(cluster.start());
		onProgress({ kind: 'stage', text: `starting the subject (${plan.subject.kind})` });
		const subject = await curtain.race(
			p.kind.start(plan.subject as never, {
				run: folder.id,
				nodes: cluster.nodes,
				dir: await place('scratch', `e${index}`, 'subject'),
				history: folder.history,
				clock,
				custody,
				logFile: join(logs, 'subject.log'),
				traffic: plan.traffic,
			}),
		);
		let striking = false;
		strike.push(() => {
			striking = true;
			return subject.stop();
		});
		void subject.exited.then((why) => {
			if (!striking) curtain.drop(stageError('E_SUBJECT_EXITED', `the subject did not last the run: ${why}`, `its whole log: ${join(logs, 'subject.log')}`));
		});
		const began = { ms: 0 };
		const load = await curtain.race(
			openLoad({
				custody,
				curtain,
				plan,
				zeroNs: p.zeroNs,
				history: folder.history,
				target: subject.target,
				nodes: cluster.nodes,
				firstId: p.firstId,
				logFile: join(logs, plan.traffic.command ? 'traffic.log' : 'generator.log'),
				run: folder.id,
				dir: await place('scratch', `e${index}`, 'traffic'),
				clock,
				record,
				onTraffic: (counts) => onProgress({ kind: 'traffic', elapsedMs: clock.now() - began.ms, totalMs, ...counts }),
			}),
		);
		const states: Record<string, string> = {};
		const probePath = plan.cluster.replica.kind === 'command' && plan.cluster.replica.ready.check.kind === 'http' ? plan.cluster.replica.ready.check.path : '/';
		const stopBeat = watchNodes(cluster.nodes, probePath, clock, (event) => {
			record(event);
			states[event.endpoint] = event.state;
			onProgress({ kind: 'nodes', states: { ...states } });
		});
		strike.push(async () => stopBeat());
		began.ms = clock.now();
		const serviceMs = plan.cluster.replica.kind === 'http' ? plan.cluster.replica.serviceMs : 500;
		const nextId = await conduct({
			experiment: index,
			spec,
			cluster,
			load,
			custody,
			curtain,
			clock,
			rng: p.rng,
			seed: plan.seed,
			probePath,
			record,
			onProgress,
			settle: () =>
				settle({
					history: folder.history,
					fromByte,
					clock,
					quietMs: Math.max(300, serviceMs * 2),
					limitMs: plan.traffic.timeoutMs + 10_000,
					gateway: plan.subject.kind !== 'client',
				}),
		});
		p.history.flush();
		const mine = (await readHistory(folder.history)).filter((e): e is RequestEvent => e.kind === 'request' && Number(e.id.slice(1)) >= p.firstId);
		for (const attempt of await subject.witness(mine)) record(attempt);
		for (const text of subject.notes) record({ kind: 'note', t: clock.now(), text });
		return nextId;
	} finally {
		onProgress({ kind: 'stage', text: 'striking the stage' });
		await Promise.allSettled(strike.reverse().map((end) => end()));
	}
};
