import type { Link, WardMain } from '../custody/custody.js';
import type { Destination, Endpoint } from '../model/endpoint.js';
import { DarumaError, EXIT, stageError } from '../model/errors.js';
import type { InnerSubject, TrafficSpec } from '../model/plan.js';
import { rng } from '../model/rng.js';
import type { RouteState } from '../model/routing.js';
import { MonotonicClock } from '../platform/clock.js';
import { HistoryWriter } from '../platform/history-writer.js';
import { recordLag } from '../platform/lag.js';
import { ClientDriver } from './client-driver.js';
import { Generator, type GeneratorNeeds } from './generator.js';
import { openLibrary } from './libraries/index.js';
import { senderFor } from './sender-for.js';

export interface GeneratorArgs {
	/** The run's zero on CLOCK_MONOTONIC, ns as text. */
	zeroNs: string;
	history: string;
	seed: number;
	traffic: TrafficSpec;
	/** The built-in client or a library, when it is the subject; it sends to `nodes`. */
	subject: InnerSubject | null;
	/** Where the subject listens; null with one that lives in here. */
	target: Destination | null;
	nodes: Endpoint[];
	/** The first request is `r<firstId>`; ids are unique over the whole run. */
	firstId: number;
}

/** What the generator tells its engine. */
export type GeneratorReport =
	/** Loaded and warm. An order may come earlier, but a start whose time is before this begins with a burst. */
	| { kind: 'ready' }
	/** Every 250 ms while there is traffic. Counts since its start. */
	| { kind: 'progress'; sent: number; ok: number; failed: number; inFlight: number; lastError: string | null }
	/** A `route` was taken; so many tries are out at that node. */
	| { kind: 'routed'; node: string; state: RouteState; inFlight: number }
	| { kind: 'done'; sent: number; ok: number; failed: number; nextId: number }
	/** The run must end: what is not written was not seen. */
	| { kind: 'fatal'; code: string; message: string; hint?: string };

type Order =
	| { kind: 'start'; experiment: number; atMs: number; draws?: number }
	| { kind: 'stop' }
	/** Of the built-in client: may it use this node? */
	| { kind: 'route'; node: string; state: RouteState };

const PROGRESS_MS = 250;

const viaOf = async (args: GeneratorArgs, clock: MonotonicClock, record: GeneratorNeeds['record']): Promise<GeneratorNeeds['via']> => {
	const { subject, target, nodes, traffic, seed } = args;
	if (target) return { kind: 'target', target, sender: await senderFor(traffic) };
	if (!subject) throw new DarumaError('E_GENERATOR', EXIT.bug, 'the generator needs a target, or a subject that lives in it');
	if (subject.kind !== 'client') return { kind: 'client', driver: await openLibrary(subject, nodes, traffic) };
	const sender = await senderFor(traffic);
	const { createBrain } = await import('../resilience/brain.js');
	const names = nodes.map((node) => node.name);
	const brain = createBrain(subject, names, rng(seed).fork('client'));
	if (subject.resolve !== undefined) {
		const { resolveNodes } = await import('./resolve.js');
		await resolveNodes({ address: subject.resolve, nodes, brain, clock, record });
	}
	return { kind: 'client', driver: new ClientDriver({ brain, nodes, sender, clock, onAttempt: record }) };
};

const openHistory = (file: string, onError: (error: Error) => void): HistoryWriter => {
	try {
		return new HistoryWriter(file, onError);
	} catch (error) {
		throw stageError('E_HISTORY_WRITE', `the history could not be opened: ${(error as Error).message}`);
	}
};

/** Ward entry: traffic in a process of its own, so that neither taps nor terminal can make it late. */
export const main: WardMain = async (raw, link: Link) => {
	const args = raw as GeneratorArgs;
	const report = (message: GeneratorReport): void => link.send(message);
	const orders: Order[] = [];
	let obey: (order: Order) => void = (order) => orders.push(order);
	// Before anything is awaited: an order may be on its way already.
	link.onMessage((message) => obey(message as Order));

	let dead = false;
	const fatal = (error: unknown): void => {
		if (dead) return;
		dead = true;
		report({
			kind: 'fatal',
			code: error instanceof DarumaError ? error.code : 'E_GENERATOR',
			message: (error as Error).message,
			...(error instanceof DarumaError && error.hint !== undefined && { hint: error.hint }),
		});
	};
	try {
		const clock = new MonotonicClock(args.zeroNs);
		const history = openHistory(args.history, (error) => {
			fatal(error);
			quiet();
			generator.abort();
		});
		const record: GeneratorNeeds['record'] = (event) => {
			if (!dead) history.later(event);
		};
		let quiet = (): void => {};
		const via = await viaOf(args, clock, record);
		const generator = new Generator({ seed: args.seed, traffic: args.traffic, via, clock, firstId: args.firstId, record, env: process.env });

		const start = (experiment: number, atMs: number, draws?: number): void => {
			const stopLag = recordLag(clock, 'generator', history);
			const timer = setInterval(() => report({ kind: 'progress', ...generator.progress() }), PROGRESS_MS);
			quiet = () => {
				stopLag();
				clearInterval(timer);
			};
			generator.start(experiment, atMs, draws);
		};
		const stop = async (): Promise<void> => {
			const totals = await generator.stop();
			quiet();
			history.flush();
			if (!dead) report({ kind: 'done', ...totals });
		};
		obey = (order) => {
			if (dead) return;
			if (order.kind === 'start') start(order.experiment, order.atMs, order.draws);
			if (order.kind === 'stop') void stop().catch(fatal);
			if (order.kind === 'route' && via.kind === 'client')
				report({ kind: 'routed', node: order.node, state: order.state, inFlight: via.driver.route?.(order.node, order.state === 'in') ?? 0 });
		};
		process.once('SIGTERM', () => {
			quiet();
			generator.abort();
			history.flush();
			process.exit(0);
		});
		report({ kind: 'ready' });
		for (const order of orders) obey(order);
	} catch (error) {
		fatal(error);
	}
};
