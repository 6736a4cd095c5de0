import { makeDetector } from '../detectors/index.js';
import type { Cancel, Clock } from '../model/clock.js';
import type { DetectSpec, RecoveryLimits } from '../model/recovery.js';
import type { Rng } from '../model/rng.js';
import type { Target } from '../model/target.js';
import type { Answer, ProbeOptions } from '../probes/probe.js';
import { type Move, RecoveryLimiter, type RecoveryShape } from '../resilience/recovery-limits.js';
import { Heartbeat } from './heartbeat/heartbeat.js';

export interface Keeping {
	targets: readonly Target[];
	shape: RecoveryShape;
	detect: DetectSpec;
	limits: RecoveryLimits;
	rng: Rng;
	clock: Clock;
	seed: number;
	probe: Omit<ProbeOptions, 'clock' | 'raw'>;
	/** Carries one move out; true if it was verified. Never rejects. */
	act(name: string, move: Move, attempt: number): Promise<boolean>;
	gaveUp(name: string, why: string): void;
	onState?(name: string, state: string, why: string): void;
}

export interface Keeper {
	/** Lets what is under way end, and begins nothing more. */
	stop(): Promise<void>;
	/** Resolves with true when the endpoint is up, with false when it was not within so long. */
	upWithin(name: string, ms: number): Promise<boolean>;
	/** Names of what is taken out now. */
	readonly out: readonly string[];
	/** What the detector says of each. */
	states(): Map<string, string>;
	/** Resolves when the targets are being asked; rejects with exit 2 for one that cannot be. */
	readonly begun: Promise<void>;
}

/** Below 500 a bad answer is about the question, not the node. */
const asBalancer = (answer: Answer): Answer => {
	if (answer.verdict !== 'failed' || answer.reason !== 'status' || (answer.status ?? 500) >= 500) return answer;
	const { reason: _, ...good } = answer;
	return { ...good, verdict: 'ok' };
};

/** How long the detector may go on saying "down" of a node that is well. */
const settleMs = ({ everyMs, timeoutMs, rise }: DetectSpec): number => everyMs * (rise + 1) + timeoutMs;

/**
 * Watches from outside, and has what is down mended, within limits:
 * ```
 *   heartbeat ──► detector ──down, up──► limits (pure) ──may begin──► act ──► verified, or not
 *      ▲                                    ▲                          │            │
 *      └────────── the endpoint ◄───────────┼──────────────────────────┘            │
 *                                           └── ended, well or not ◄────────────────┘
 * ```
 * A detector that still says down of what was just mended is not believed before it had the time to change its mind.
 */
export const keep = (k: Keeping): Keeper => {
	const { clock } = k;
	const { everyMs, timeoutMs, fall, rise } = k.detect;
	const limits = { ...k.limits, holdMs: Math.max(k.limits.holdMs, settleMs(k.detect)) };
	const limiter = new RecoveryLimiter(
		k.targets.map(({ name }) => name),
		k.shape,
		limits,
		k.rng.fork('recovery'),
	);
	const underWay = new Set<Promise<void>>();
	const waiting = new Map<string, Set<() => void>>();
	let wake: Cancel = () => {};
	let stopped = false;

	const look = (): void => {
		if (stopped) return;
		wake();
		const { begin, wakeMs, gaveUp } = limiter.decide(clock.now());
		for (const { node, why } of gaveUp) k.gaveUp(node, why);
		for (const { node, move, attempt } of begin) {
			const doing = act(node, move, attempt).finally(() => underWay.delete(doing));
			underWay.add(doing);
		}
		wake = wakeMs === null ? () => {} : clock.at(wakeMs, look);
	};
	const act = async (name: string, move: Move, attempt: number): Promise<void> => {
		limiter.ended(name, await k.act(name, move, attempt), clock.now());
		look();
	};
	const heartbeat = new Heartbeat(
		{
			clock,
			seed: k.seed,
			periodMs: everyMs,
			timeoutMs,
			freshEvery: 1,
			probe: k.probe,
			detector: () => makeDetector({ kind: 'rise-fall', fall, rise }),
			judge: asBalancer,
		},
		{
			onSample() {},
			onState({ name }, { state, why }, now) {
				k.onState?.(name, state, why);
				if (state !== 'up' && state !== 'warning' && state !== 'down') return;
				limiter.heard(name, state === 'down' ? 'down' : 'up', now);
				if (state !== 'down') for (const tell of waiting.get(name) ?? []) tell();
				look();
			},
		},
	);
	const begun = heartbeat.add(...k.targets);
	begun.catch(() => {});
	return {
		begun,
		get out() {
			return limiter.out;
		},
		states: () => new Map([...heartbeat.opinions()].map(([name, { state }]) => [name, state])),
		upWithin: (name, ms) =>
			new Promise((resolve) => {
				// It may have come back while somebody still waited for the command that brought it.
				const now = heartbeat.opinions().get(name)?.state;
				if (now === 'up' || now === 'warning') return resolve(true);
				const set = waiting.get(name) ?? new Set();
				waiting.set(name, set);
				const end = (up: boolean): void => {
					cancel();
					set.delete(tell);
					resolve(up);
				};
				const tell = (): void => end(true);
				const cancel = clock.at(clock.now() + ms, () => end(false));
				set.add(tell);
			}),
		async stop() {
			stopped = true;
			wake();
			await Promise.all(underWay);
			heartbeat.stop();
		},
	};
};
