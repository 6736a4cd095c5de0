import { openHooks } from '../custody/hooks.js';
import type { HookEnded } from '../custody/hooks-main.js';
import { hostPort } from '../model/endpoint.js';
import { stageError } from '../model/errors.js';
import type { DetectSpec, RecoveryLimits } from '../model/recovery.js';
import { rng } from '../model/rng.js';
import type { Routing } from '../model/routing.js';
import type { Target } from '../model/target.js';
import { MonotonicClock, monotonicNs } from '../platform/clock.js';
import type { ProbeOptions } from '../probes/probe.js';
import type { Move } from '../resilience/recovery-limits.js';
import { type Keeper, keep } from './keep.js';

/** What is done to an endpoint that is down, named by the user: nothing else is ever touched. */
export type RecoverBy =
	| { kind: 'exec'; argv: string[] }
	| { kind: 'haproxy'; socket: string; backend: string }
	| { kind: 'consul'; url: string; service: string; token: string }
	| { kind: 'nginx'; file: string; upstream: string; reload: string[] };

export interface RecoverPlan {
	targets: Target[];
	by: RecoverBy;
	detect: DetectSpec;
	limits: RecoveryLimits;
	/** For one command, and for its endpoint to be up after it. */
	withinMs: number;
	forMs: number | null;
	seed: number;
	dryRun: boolean;
	probe: Omit<ProbeOptions, 'clock' | 'raw'>;
}

/** A line of `daruma recover --json`: schemas/recover.schema.json. */
export type RecoverNews = { time: string; atMs: number } & (
	| { kind: 'start'; schema: 'daruma.recover/1'; endpoints: number; by: RecoverBy['kind']; dryRun: boolean }
	| { kind: 'state'; endpoint: string; state: string; why: string }
	| { kind: 'action'; endpoint: string; action: 'exec' | 'out' | 'in'; ok: boolean; attempt: number; durationMs: number; detail: string; dryRun: boolean }
	| { kind: 'give-up'; endpoint: string; why: string }
	| { kind: 'end'; why: 'for' | 'SIGINT' | 'SIGTERM'; endpoints: { endpoint: string; state: string }[]; actions: number; failed: number }
);
type Said<T> = T extends unknown ? Omit<T, 'time' | 'atMs'> : never;

const SEEN_EVERY_MS = 20;

/** Fills {endpoint} {host} {port} in every word; other braces stay. Words stay words: no shell, and nothing is split again. */
export const fillRecovery = (argv: readonly string[], { name, host, port }: Pick<Target, 'name' | 'host' | 'port'>): string[] =>
	argv.map((word) =>
		word.replace(/\{(endpoint|host|port)\}/g, (_, what: string) => ({ endpoint: name, host, port: `${port}` })[what] as string).replaceAll('\0', ''),
	);

const routingOf = async (by: RecoverBy, targets: readonly Target[], run: (argv: readonly string[]) => Promise<HookEnded>): Promise<Routing | null> => {
	const nodes = targets.map(({ name, host, port }) => ({ name, host, port }));
	if (by.kind === 'haproxy') {
		const [{ haproxyRouting }, { serversState }] = await Promise.all([import('../subjects/haproxy-routing.js'), import('../systems/haproxy-socket.js')]);
		await serversState(by.socket, by.backend);
		return haproxyRouting(by.socket, nodes, by.backend);
	}
	if (by.kind === 'consul') {
		const { consulInstances, consulRouting } = await import('../subjects/consul-routing.js');
		const listed = (await consulInstances(by)).map(({ address }) => address);
		const stranger = targets.find((target) => !listed.includes(hostPort(target)));
		if (stranger)
			throw stageError(
				'E_TARGET',
				`${stranger.name}: the service ${by.service} of Consul has no instance at ${hostPort(stranger)}`,
				`it has ${listed.join(', ') || 'none'}`,
			);
		return consulRouting(nodes, by);
	}
	if (by.kind !== 'nginx') return null;
	const { nginxRouting } = await import('../subjects/nginx-routing.js');
	return nginxRouting(nodes, {
		conf: by.file,
		upstream: by.upstream,
		// The reload reads the file before it tells anybody, and fails if it does not understand it.
		check: async () => null,
		async reload() {
			const { code, output, error } = await run(by.reload);
			if (code !== 0) throw new Error(`${by.reload[0]}: ${error ?? `exit ${code}`}${output ? `: ${output.split('\n').at(-1)}` : ''}`);
		},
		workers: async () => null,
	});
};

/**
 * Supervises endpoints that somebody else runs, until its time is over or `signal`. At its end it brings in what it took
 * out itself: nobody else would.
 */
export const runRecover = async (plan: RecoverPlan, tell: (news: RecoverNews) => void, signal: AbortSignal): Promise<Extract<RecoverNews, { kind: 'end' }>> => {
	const clock = new MonotonicClock(monotonicNs());
	const stamp = <T extends object>(said: T) => ({ time: new Date().toISOString(), atMs: Math.round(clock.now()), ...said });
	const say = (said: Said<RecoverNews>): void => tell(stamp(said) as RecoverNews);
	const ended = new Map<string, ((end: HookEnded) => void)[]>();
	const hooks =
		plan.dryRun || plan.by.kind === 'haproxy' || plan.by.kind === 'consul'
			? null
			: await openHooks({
					most: Math.max(4, plan.limits.together),
					mostWaiting: 1000,
					timeoutMs: plan.withinMs,
					ended: (argv, end) => ended.get(JSON.stringify(argv))?.shift()?.(end),
				});
	const run = (argv: readonly string[], env: Record<string, string> = {}): Promise<HookEnded> =>
		new Promise((resolve) => {
			const key = JSON.stringify(argv);
			ended.set(key, [...(ended.get(key) ?? []), resolve]);
			if (!hooks?.run(argv, env))
				resolve({ kind: 'ended', id: 0, code: null, signal: null, timedOut: false, error: 'too many are waiting already', output: '' });
		});
	const counts = { actions: 0, failed: 0 };
	let keeper: Keeper | null = null;
	try {
		const routing = await routingOf(plan.by, plan.targets, run);
		const done = async (target: Target, move: Move): Promise<string> => {
			if (plan.by.kind === 'exec') {
				const argv = fillRecovery(plan.by.argv, target);
				if (plan.dryRun) return `would run ${argv.join(' ')}`;
				const end = await run(argv, { DARUMA_ENDPOINT: target.name, DARUMA_HOST: target.host, DARUMA_PORT: `${target.port}` });
				if (end.code !== 0)
					throw new Error(
						`${argv[0]}: ${end.error ?? (end.timedOut ? `took longer than ${plan.withinMs} ms, and was ended` : `exit ${end.code ?? end.signal}`)}${end.output ? `: ${end.output.split('\n').at(-1)}` : ''}`,
					);
				if (!(await keeper?.upWithin(target.name, plan.withinMs))) throw new Error(`it ended well, but the endpoint was not up within ${plan.withinMs} ms`);
				return 'it ended well, and the endpoint answers';
			}
			const state = move === 'in' ? 'in' : 'out';
			if (plan.dryRun) return `would set ${hostPort(target)} ${state} at ${plan.by.kind}`;
			if (!routing) throw new Error('no routing');
			await routing.set(target.name, state);
			for (const limit = clock.now() + plan.withinMs; ; ) {
				const seen = await routing.seen(target.name, state);
				if (seen !== null) return seen;
				if (clock.now() > limit) throw new Error(`${routing.by} did not say within ${plan.withinMs} ms that it is ${state}`);
				await new Promise((resolve) => setTimeout(resolve, SEEN_EVERY_MS));
			}
		};
		const act = async (name: string, move: Move, attempt: number): Promise<boolean> => {
			const target = plan.targets.find((t) => t.name === name) as Target;
			const beganMs = clock.now();
			const action = move === 'mend' ? 'exec' : move;
			counts.actions++;
			const over = (ok: boolean, detail: string): boolean => {
				if (!ok) counts.failed++;
				say({ kind: 'action', endpoint: name, action, ok, attempt, durationMs: Number((clock.now() - beganMs).toFixed(1)), detail, dryRun: plan.dryRun });
				return ok;
			};
			return done(target, move).then(
				(detail) => over(true, detail),
				(error: Error) => over(false, error.message.split('\n')[0] as string),
			);
		};
		say({ kind: 'start', schema: 'daruma.recover/1', endpoints: plan.targets.length, by: plan.by.kind, dryRun: plan.dryRun });
		keeper = keep({
			...plan,
			shape: plan.by.kind === 'exec' ? 'mend' : 'route',
			rng: rng(plan.seed),
			clock,
			act,
			gaveUp(endpoint, why) {
				counts.failed++;
				say({ kind: 'give-up', endpoint, why });
			},
			onState: (endpoint, state, why) => say({ kind: 'state', endpoint, state, why }),
		});
		await keeper.begun;
		const why = await over(plan.forMs, signal);
		const states = keeper.states();
		await keeper.stop();
		for (const name of keeper.out) await act(name, 'in', 0);
		const endpoints = plan.targets.map(({ name }) => ({ endpoint: name, state: states.get(name) ?? 'unknown' }));
		const end = stamp({ kind: 'end', why, endpoints, ...counts } as const);
		tell(end);
		return end;
	} finally {
		await keeper?.stop();
		await hooks?.close(0);
	}
};

const over = (forMs: number | null, signal: AbortSignal): Promise<'for' | 'SIGINT' | 'SIGTERM'> =>
	new Promise((resolve) => {
		const name = (): 'SIGINT' | 'SIGTERM' => (signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
		if (signal.aborted) return resolve(name());
		const timer = forMs === null ? undefined : setTimeout(() => resolve('for'), forMs);
		signal.addEventListener(
			'abort',
			() => {
				clearTimeout(timer);
				resolve(name());
			},
			{ once: true },
		);
	});
