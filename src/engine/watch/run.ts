import { Held } from '../../checks/probe/expect.js';
import type { ProbeResult } from '../../checks/probe/result.js';
import type { WatchEvent, WatchNews } from '../../checks/watch/events.js';
import { serveGuarded } from '../../control/guarded-server.js';
import { serveLines } from '../../control/line-server.js';
import { type Hooks, openHooks } from '../../custody/hooks.js';
import type { Assertion } from '../../model/assertion.js';
import { hostPort } from '../../model/endpoint.js';
import { MonotonicClock, monotonicNs } from '../../platform/clock.js';
import type { Answer, ProbeOptions } from '../../probes/probe.js';
import type { WatchDisplay } from '../../terminal/watch-display.js';
import { assess, NEEDS_BODY } from '../probe.js';
import { fillHook, hookEnv, Settled } from './hook-rules.js';
import { answerAgent, answerWatch } from './http.js';
import type { WatchPlan } from './plan.js';
import { WatchSession } from './session.js';
import { followTargets, readTargets } from './targets-file.js';

export interface WatchSettings {
	each: readonly Assertion[];
	probe: Omit<ProbeOptions, 'clock' | 'keepBody'>;
	display: WatchDisplay;
	/** Aborted with the name of the signal. */
	signal: AbortSignal;
}

type Why = Extract<WatchNews, { kind: 'end' }>['why'];

/** Endpoints that nobody named: more than this is a mistake, or an attack. */
const MOST_ACCEPTED = 10_000;
const MOST_WAITING_HOOKS = 1000;
/** A hook that runs when we end has so long to end, too. */
const HOOK_GRACE_MS = 2000;

/**
 * A watch from its start to its end. All that can be wrong is found before the first question: targets, files, ports,
 * programs. Then it goes on until its time is over, or somebody ends it.
 */
export const runWatch = async (plan: WatchPlan, settings: WatchSettings): Promise<{ why: Why; verdict: ProbeResult['verdict'] }> => {
	const { display, signal, each } = settings;
	let end: (why: Why) => void = () => {};
	const ended = new Promise<Why>((resolve) => {
		end = resolve;
	});
	const listed = plan.targetsFile === null ? [] : readTargets(plan.targetsFile);
	const closing: (() => Promise<void> | void)[] = [];
	try {
		const hooks = plan.hooks.length > 0 ? await startHooks(plan, (text) => session.say({ kind: 'notice', about: 'hook', text })) : null;
		if (hooks) closing.push(() => hooks.close());
		const tell = (event: WatchEvent): void => {
			display.tell(event);
			if (event.kind === 'state') hooks?.change(event);
			if (event.kind === 'endpoint' && event.change === 'removed') hooks?.forget(event.endpoint);
		};
		const session = new WatchSession(sessionOptions(plan, settings), tell, () => end('count'));
		closing.push(() => session.stop());
		if (hooks) session.hooks = hooks.counts;

		const listen =
			plan.listen === null
				? null
				: await serveGuarded({ ...plan.listen, flag: 'listen', bodyLimit: 64 * 1024, answer: (asked) => answerWatch(session, asked) });
		if (listen) closing.push(() => listen.close());
		const agents =
			plan.agentListen === null ? null : await serveLines({ ...plan.agentListen, flag: 'agent-listen', answer: (line) => answerAgent(session, line) });
		if (agents) closing.push(() => agents.close());

		const sources = plan.sources.length > 0 ? await openSources(plan, session, settings) : null;
		if (sources) closing.push(() => sources.close());
		session.say({
			kind: 'start',
			schema: 'daruma.watch/1',
			endpoints: new Set([...plan.targets, ...listed, ...(sources?.targets() ?? [])].map(({ name }) => name)).size + plan.pushes.length,
			...(listen && { listen: listen.url }),
			...(agents && { agentListen: hostPort({ host: agents.host, port: agents.port }) }),
		});
		// Quietly: these are no news.
		await session.add(plan.targets, 'arguments', true);
		await session.add(listed, 'file', true);
		await sources?.begin();
		for (const name of plan.pushes) session.await(name);
		if (plan.targetsFile !== null) closing.push(follow(session, plan.targetsFile));
		if (plan.forMs !== null) {
			const timer = setTimeout(() => end('for'), plan.forMs);
			closing.push(() => clearTimeout(timer));
		}
		const stop = (): void => end(signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
		if (signal.aborted) stop();
		else signal.addEventListener('abort', stop, { once: true });
		session.dropped = () => display.dropped;
		display.begin(
			() => session.view(),
			() => end('quit'),
		);
		const why = await ended;
		const result = session.result();
		session.stop();
		session.finish(({ time, atMs }) => display.end({ time, atMs, kind: 'end', why, result }));
		return { why, verdict: result.verdict };
	} finally {
		for (const close of closing.reverse()) await close();
	}

	function sessionOptions(
		{ intervalMs, timeoutMs, fastMs, downMs, fresh, seed, count }: WatchPlan,
		{ probe }: WatchSettings,
	): ConstructorParameters<typeof WatchSession>[0] {
		// One set for all: a watch tells of the answers that break them, and does not count those that do not.
		const held = each.map((assertion) => new Held(assertion));
		const minds = each.some(({ what }) => what === 'status');
		return {
			heartbeat: {
				clock: new MonotonicClock(monotonicNs()),
				seed,
				periodMs: intervalMs,
				timeoutMs,
				fastMs,
				downMs,
				count,
				...(fresh && { freshEvery: 1 }),
				probe: { ...probe, keepBody: each.some(({ what }) => NEEDS_BODY.has(what)) },
				...(each.length > 0 && { judge: (answer: Answer) => assess(answer, held, minds) }),
			},
			detector: plan.detector,
			cohorts: plan.cohorts,
			pushed: { ttlMs: plan.ttlMs, load: plan.load },
			acceptUnknown: plan.acceptUnknown ? MOST_ACCEPTED : 0,
			samples: plan.samples,
			wall: () => new Date(),
		};
	}
};

interface RunningHooks {
	counts: { started: number; failed: number; refused: number; readonly running: number };
	change(event: Extract<WatchEvent, { kind: 'state' }>): void;
	forget(endpoint: string): void;
	close(): Promise<void>;
}

/** Hooks are told of, never waited for: a watch that is held up by its alarms sees nothing. */
const startHooks = async ({ hooks: commands, hookTimeoutMs, hookJobs }: WatchPlan, notice: (text: string) => void): Promise<RunningHooks> => {
	const settled = new Settled();
	const hooks: Hooks = await openHooks({
		most: hookJobs,
		mostWaiting: MOST_WAITING_HOOKS,
		timeoutMs: hookTimeoutMs,
		ended(argv, { code, signal, error, timedOut, output }) {
			if (code === 0) return;
			counts.failed++;
			const how = error ?? (timedOut ? `took longer than ${hookTimeoutMs} ms, and was ended` : code === null ? `ended by ${signal}` : `exit ${code}`);
			const lastLine = output.split('\n').at(-1);
			notice(`${argv[0]}: ${how}${lastLine ? `: ${lastLine}` : ''}`);
		},
	});
	const counts = {
		started: 0,
		failed: 0,
		refused: 0,
		get running() {
			return hooks.running;
		},
	};
	return {
		counts,
		change(event) {
			const change = settled.change(event);
			if (!change) return;
			for (const command of commands) {
				if (hooks.run(fillHook(command, change, event.time), hookEnv(change, event.time))) counts.started++;
				else if (counts.refused++ === 0) notice(`${MOST_WAITING_HOOKS} are waiting already: more are not run`);
			}
		},
		forget: (endpoint) => settled.forget(endpoint),
		close: () => hooks.close(HOOK_GRACE_MS),
	};
};

/** All of them, each as far as its first word: a source that cannot be asked is waited for while the watch goes on. */
const openSources = async ({ sources, as }: WatchPlan, session: WatchSession, { signal }: WatchSettings) => {
	const { WatchedSources } = await import('./sources.js');
	return WatchedSources.open(sources, as, session, new MonotonicClock(monotonicNs()), signal);
};

/** What has come is added, what has gone is removed; what is named on the command line stays. */
const follow = (session: WatchSession, file: string): (() => void) => {
	let turn = Promise.resolve();
	const wrong = (text: string): void => session.say({ kind: 'notice', about: 'targets', text: `${text}; the last good list stays` });
	return followTargets(file, {
		wrong,
		changed(targets) {
			turn = turn.then(async () => {
				const wanted = new Map(targets.map((target) => [target.name, target]));
				// First those that come: if one of them cannot be asked, all stays as it was.
				const moved = targets.filter((target) => {
					const known = session.target(target.name);
					return known !== null && JSON.stringify(known) !== JSON.stringify(target) && session.names('file').includes(target.name);
				});
				try {
					await session.add(targets, 'file');
					for (const { name } of moved) session.remove(name);
					await session.add(moved, 'file');
				} catch (error) {
					return wrong((error as Error).message);
				}
				for (const name of session.names('file')) if (!wanted.has(name)) session.remove(name);
			});
		},
	});
};
