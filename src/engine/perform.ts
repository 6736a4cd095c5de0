import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type HaltReason, haltReason, type LiveCounts } from '../checks/halt.js';
import type { Cluster } from '../cluster/cluster.js';
import { createCluster } from '../cluster/create.js';
import { findLeader, type Leader } from '../cluster/leader.js';
import type { Custody } from '../custody/custody.js';
import { lastEndMs, type Occurrence } from '../faults/timeline.js';
import type { Clock } from '../model/clock.js';
import { stageError } from '../model/errors.js';
import type { Event, RequestEvent } from '../model/event.js';
import type { ExperimentSpec, HaltCondition, Plan } from '../model/plan.js';
import { type ConsulRegister, sourceOf } from '../model/registration.js';
import type { Rng } from '../model/rng.js';
import { readHistory } from '../platform/history-reader.js';
import type { HistoryWriter } from '../platform/history-writer.js';
import type { RunFolder } from '../platform/run-folder.js';
import type { SubjectKind } from '../subjects/subject.js';
import { conduct, WARM_UP_MS } from './conduct.js';
import type { Curtain } from './curtain.js';
import { settle } from './drain.js';
import { openLoad } from './generator.js';
import { Halt } from './halt.js';
import { watchNodes } from './heartbeat/nodes.js';
import type { MendNeeds } from './mend.js';
import type { Progress } from './progress.js';
import { questionFor } from './question.js';
import { watchRegistry } from './registry-watch.js';
import { roll } from './roll.js';
import { supervise } from './supervise.js';

interface Performance {
	plan: Plan;
	spec: ExperimentSpec;
	timeline: readonly Occurrence[];
	index: number;
	/** Which experiment's chances it draws: its own, or those of the one that it is compared with. */
	draws: number;
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
export const perform = async (p: Performance): Promise<{ nextId: number; halted: boolean }> => {
	const { plan, spec, index, curtain, clock, custody, folder, onProgress } = p;
	const record = (event: Event): void => p.history.now(event);
	const lastMs = Math.max(lastEndMs(spec.faults, plan.cluster.replicas), ...(spec.actions ?? []).map((a) => a.atMs));
	const totalMs = WARM_UP_MS + spec.baselineMs + lastMs + spec.afterMs;
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
		const { register } = plan.cluster;
		if (register) {
			onProgress({ kind: 'stage', text: `waiting until ${register.kind} lists the replicas` });
			const registry = watchRegistry(register, cluster.nodes, clock, record);
			strike.push(async () => (await registry.catch(() => null))?.stop());
			await curtain.race(registry);
		}
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
		const halt = new Halt();
		const watch = haltWatch(spec.halt ?? []);
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
				onTraffic: (counts) => {
					onProgress({ kind: 'traffic', elapsedMs: clock.now() - began.ms, totalMs, ...counts });
					const reason = watch({ t: clock.now(), ...counts });
					if (!reason || halt.reason) return;
					record({ kind: 'halt', t: clock.now(), experiment: index, ...reason });
					onProgress({ kind: 'stage', text: `halt: ${reason.condition} (${reason.found}); healing` });
					halt.now(reason);
				},
			}),
		);
		const states: Record<string, string> = {};
		const { probePath, probeProtocol } = questionFor(plan.cluster, plan.traffic.mix);
		const stopBeat = watchNodes(cluster.nodes, probeProtocol, probePath, clock, (event) => {
			record(event);
			states[event.endpoint] = event.state;
			onProgress({ kind: 'nodes', states: { ...states } });
		});
		strike.push(async () => stopBeat());
		began.ms = clock.now();
		const serviceMs = plan.cluster.replica.kind === 'command' ? 500 : plan.cluster.replica.serviceMs;
		const resolved = resolvedByConsul(plan);
		const routing =
			resolved && spec.recovery?.do === 'failover'
				? (await import('../subjects/consul-routing.js')).consulRouting(cluster.nodes, resolved)
				: (subject.routing ?? load.routing);
		// Consul outlives the run: what was taken out is brought in, also where the run was ended early.
		if (routing?.by === 'consul') strike.push(() => Promise.allSettled(cluster.nodes.map(({ name }) => routing.set(name, 'in'))));
		const mending: MendNeeds = {
			custody,
			clock,
			seed: plan.seed,
			probePath,
			probeProtocol,
			routing,
			copies: await place('scratch', `e${index}`, 'copies'),
			logFile: join(logs, 'deploy.log'),
			experiment: index,
			record,
			onProgress,
		};
		const stopSupervisor = spec.recovery ? supervise(spec.recovery, cluster.nodes, p.rng, mending) : null;
		if (stopSupervisor) strike.push(stopSupervisor);
		const nextId = await conduct({
			experiment: index,
			draws: p.draws,
			spec,
			cluster,
			load,
			custody,
			curtain,
			clock,
			halt,
			timeline: p.timeline,
			leader: () => askLeader(plan, cluster.nodes, clock),
			seed: plan.seed,
			probePath,
			probeProtocol,
			record,
			onProgress,
			also: (faultsAt, at) =>
				(spec.actions ?? []).map(async (action, i) => {
					await at(faultsAt + action.atMs);
					if (halt.reason) return;
					await curtain.race(roll(action, cluster.nodes, p.rng.fork(`action-${p.draws}-${i}`), mending));
				}),
			settle: async () => {
				await stopSupervisor?.();
				return settle({
					history: folder.history,
					fromByte,
					clock,
					quietMs: Math.max(300, serviceMs * 2),
					limitMs: plan.traffic.timeoutMs + 10_000,
					gateway: plan.subject.kind !== 'client' && plan.subject.kind !== 'grpcJs',
				});
			},
		});
		p.history.flush();
		const told = await readHistory(folder.history);
		const mine = told.filter((e): e is RequestEvent => e.kind === 'request' && Number(e.id.slice(1)) >= p.firstId);
		for (const attempt of await subject.witness(mine)) record(attempt);
		// An experiment holds what lies between its start and its end, and this is of it.
		const endMs = told.findLast((e) => e.kind === 'phase' && e.phase === 'end')?.t ?? clock.now();
		for (const text of subject.notes) record({ kind: 'note', t: endMs, text });
		return { nextId, halted: halt.reason !== null };
	} finally {
		onProgress({ kind: 'stage', text: 'striking the stage' });
		await Promise.allSettled(strike.reverse().map((end) => end()));
	}
};

/** The registration through which the subject finds the nodes: Consul's, where the client resolves it with its health. */
const resolvedByConsul = ({ cluster: { register }, subject }: Plan): ConsulRegister | null => {
	if (register?.kind !== 'consul' || subject.kind !== 'client' || subject.resolve === undefined || /[?&]catalog\b/.test(subject.resolve)) return null;
	const place = (address: string): string =>
		(address.split('?')[0] as string).replace(
			/^consul:\/\/(?:[^/@]*@)?([^/]+)/i,
			(_, host: string) => `consul://${/:\d+$/.test(host) ? host : `${host}:8500`}`,
		);
	return place(subject.resolve) === place(sourceOf(register)) ? register : null;
};

/** Counts of longer ago than the longest condition looks back are forgotten. */
const haltWatch = (conditions: readonly HaltCondition[]): ((counts: LiveCounts) => HaltReason | null) => {
	const backMs = Math.max(0, ...conditions.map((each) => each.overMs));
	let counts: LiveCounts[] = [];
	return (newest) => {
		if (conditions.length === 0) return null;
		// One that is older than the stretch is needed to compare with.
		const old = counts.findLastIndex((each) => each.t <= newest.t - backMs);
		counts = [...counts.slice(Math.max(0, old)), newest];
		return haltReason(conditions, counts);
	};
};

/** An election may be under way. */
const ELECTION_MS = 5000;
const askLeader = async ({ cluster }: Plan, nodes: Cluster['nodes'], clock: Clock): Promise<Leader> =>
	cluster.leader ? findLeader(cluster.leader, nodes, clock, ELECTION_MS) : { why: 'the plan does not say how to find the leader (cluster.leader)' };
