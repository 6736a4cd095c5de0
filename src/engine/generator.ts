import { fileURLToPath } from 'node:url';
import type { Custody, Ward } from '../custody/custody.js';
import type { Clock } from '../model/clock.js';
import type { Destination, Endpoint } from '../model/endpoint.js';
import { stageError } from '../model/errors.js';
import type { Event } from '../model/event.js';
import type { Plan } from '../model/plan.js';
import type { Curtain } from './curtain.js';
import type { Progress } from './progress.js';

export interface Load {
	start(experiment: number, atMs: number): void;
	/** Stops sending, waits until every request has ended, and gives the first free request number. */
	stop(): Promise<number>;
	/** Resolves when it has come to its own end: there is no more traffic to wait for, or to disturb. Absent: it goes on until it is stopped. */
	over?: Promise<void>;
}

export interface LoadNeeds {
	custody: Custody;
	curtain: Curtain;
	plan: Plan;
	zeroNs: string;
	history: string;
	target: Destination | null;
	nodes: readonly Endpoint[];
	firstId: number;
	logFile: string;
	run: string;
	/** `{dir}` of a command: an existing folder, absolute. */
	dir: string;
	clock: Clock;
	record(event: Event): void;
	onTraffic(counts: Omit<Extract<Progress, { kind: 'traffic' }>, 'kind' | 'elapsedMs' | 'totalMs'>): void;
}

const ENTRY = fileURLToPath(new URL('../traffic/generator-main.js', import.meta.url));

/** The generator has a process of its own, so that neither taps nor terminal can make it late. */
export const openLoad = async (needs: LoadNeeds): Promise<Load> => {
	const { custody, curtain, plan } = needs;
	if (plan.traffic.command) return (await import('./own-load.js')).openOwnLoad(plan.traffic.command, needs);
	const ward: Ward = await custody.spawn({
		name: 'generator',
		entry: ENTRY,
		args: {
			zeroNs: needs.zeroNs,
			history: needs.history,
			seed: plan.seed,
			traffic: plan.traffic,
			subject: plan.subject.kind === 'client' ? plan.subject : null,
			target: needs.target,
			nodes: needs.nodes.map(({ name, host, port }) => ({ name, host, port })),
			firstId: needs.firstId,
		},
		logFile: needs.logFile,
	});
	let finished: (nextId: number) => void = () => {};
	let stopping = false;
	const done = new Promise<number>((resolve) => {
		finished = resolve;
	});
	let warm: () => void = () => {};
	const ready = new Promise<void>((resolve) => {
		warm = resolve;
	});
	ward.onMessage((message) => {
		if (message.kind === 'ready') warm();
		if (message.kind === 'done') finished(message.nextId as number);
		if (message.kind === 'fatal') curtain.drop(stageError(String(message.code), String(message.message), 'free some disk space and run again'));
		if (message.kind === 'progress') {
			const { sent, ok, failed, inFlight } = message as unknown as { sent: number; ok: number; failed: number; inFlight: number };
			needs.onTraffic({ sent, ok, failed, inFlight });
		}
	});
	void ward.exited.then(({ code, signal }) => {
		if (!stopping) curtain.drop(stageError('E_GENERATOR', `the traffic generator ended by itself (${signal ?? code}); see ${needs.logFile}`));
	});
	await curtain.race(ready);
	return {
		start: (experiment, atMs) => ward.send({ kind: 'start', experiment, atMs }),
		async stop() {
			ward.send({ kind: 'stop' });
			const next = await curtain.race(done);
			stopping = true;
			await ward.end(1000);
			return next;
		},
	};
};
