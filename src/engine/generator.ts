import { fileURLToPath } from 'node:url';
import type { Custody, Ward } from '../custody/custody.js';
import type { Clock } from '../model/clock.js';
import type { Destination, Endpoint } from '../model/endpoint.js';
import { stageError } from '../model/errors.js';
import type { Event } from '../model/event.js';
import { isInner, type Plan } from '../model/plan.js';
import type { RouteState, Routing } from '../model/routing.js';
import type { Curtain } from './curtain.js';
import type { Progress } from './progress.js';

export interface Load {
	/** `draws`: whose times and choices, usually the experiment's own. */
	start(experiment: number, atMs: number, draws: number): void;
	/** Stops sending, waits until every request has ended, and gives the first free request number. */
	stop(): Promise<number>;
	/** Of the built-in client, which lives in the generator; null with any other subject. */
	routing: Routing | null;
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
			subject: isInner(plan.subject) ? plan.subject : null,
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
		if (message.kind === 'fatal')
			curtain.drop(
				stageError(String(message.code), String(message.message), typeof message.hint === 'string' ? message.hint : 'free some disk space and run again'),
			);
		if (message.kind === 'routed') routed(message as unknown as { node: string; state: RouteState; inFlight: number });
		if (message.kind === 'progress') {
			const { sent, ok, failed, inFlight } = message as unknown as { sent: number; ok: number; failed: number; inFlight: number };
			needs.onTraffic({ sent, ok, failed, inFlight });
		}
	});
	/** What the generator last said of each node, and who waits for it to say so. */
	const routes = new Map<string, { state: RouteState; inFlight: number }>();
	const waiting = new Map<string, () => void>();
	const routed = ({ node, state, inFlight }: { node: string; state: RouteState; inFlight: number }): void => {
		routes.set(node, { state, inFlight });
		waiting.get(`${node} ${state}`)?.();
	};
	const routing: Routing = {
		by: 'client',
		set: (node, state) =>
			new Promise((resolve) => {
				waiting.set(`${node} ${state}`, resolve);
				ward.send({ kind: 'route', node, state });
			}),
		async seen(node, state) {
			const said = routes.get(node);
			if (said?.state !== state) return null;
			if (state !== 'drain') return `the client says ${state}`;
			if (said.inFlight === 0) return 'the client has nothing in flight there';
			ward.send({ kind: 'route', node, state });
			return null;
		},
	};
	void ward.exited.then(({ code, signal }) => {
		if (!stopping) curtain.drop(stageError('E_GENERATOR', `the traffic generator ended by itself (${signal ?? code}); see ${needs.logFile}`));
	});
	await curtain.race(ready);
	return {
		routing: plan.subject.kind === 'client' ? routing : null,
		start: (experiment, atMs, draws) => ward.send({ kind: 'start', experiment, atMs, draws }),
		async stop() {
			ward.send({ kind: 'stop' });
			const next = await curtain.race(done);
			stopping = true;
			await ward.end(1000);
			return next;
		},
	};
};
