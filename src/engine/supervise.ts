import type { ClusterNode } from '../cluster/cluster.js';
import { inTurn } from '../cluster/turns.js';
import { makeDetector } from '../detectors/index.js';
import type { Cancel } from '../model/clock.js';
import type { RecoverySpec } from '../model/recovery.js';
import type { Rng } from '../model/rng.js';
import type { Answer } from '../probes/probe.js';
import type { RecoveryAct } from '../recovery/act.js';
import { type Move, RecoveryLimiter } from '../resilience/recovery-limits.js';
import { Heartbeat } from './heartbeat/heartbeat.js';
import { type MendNeeds, mend } from './mend.js';

/** More of a health page is not worth reading. */
const MOST_BODY = 1024 * 1024;

/** Below 500 a bad answer is about the question, not the node. */
const asBalancer = (answer: Answer): Answer =>
	answer.verdict === 'failed' && answer.reason === 'status' && (answer.status ?? 500) < 500 ? { ...answer, verdict: 'ok' } : answer;

/** How long the detector may go on saying "down" of a node that is well. */
const settleMs = ({ everyMs, timeoutMs, rise }: RecoverySpec['detect']): number => everyMs * (rise + 1) + timeoutMs;

/**
 * Watches the nodes from outside and mends those that are down, within limits:
 * ```
 *   heartbeat ──► detector ──down, up──► limits (pure) ──may begin──► mend: arm → fire → effective ──► event
 *      ▲                                    ▲                             │
 *      └────────── the node ◄───────────────┼─────────────────────────────┘
 *                                           └── ended, well or not
 * ```
 * A detector that still says down of a node just mended is not believed before it had the time to change its mind.
 * The returned stop lets what is under way end, and begins nothing more. What it starts belongs to custody: if daruma
 * dies in the middle, the node dies with it.
 */
export const supervise = (spec: RecoverySpec, nodes: readonly ClusterNode[], rng: Rng, needs: MendNeeds): (() => Promise<void>) => {
	const { clock } = needs;
	const { everyMs, timeoutMs, fall, rise } = spec.detect;
	const limits = { ...spec.limits, holdMs: Math.max(spec.limits.holdMs, settleMs(spec.detect)) };
	const limiter = new RecoveryLimiter(
		nodes.map(({ name }) => name),
		spec.do === 'failover' ? 'route' : 'mend',
		limits,
		rng.fork('recovery'),
	);
	const underWay = new Set<Promise<void>>();
	let wake: Cancel = () => {};
	let stopped = false;

	const look = (): void => {
		if (stopped) return;
		wake();
		const { begin, wakeMs, gaveUp } = limiter.decide(clock.now());
		for (const { node, why } of gaveUp) {
			const now = clock.now();
			needs.record({
				kind: 'recovery',
				t: now,
				endMs: now,
				experiment: needs.experiment,
				action: 'give-up',
				target: node,
				ok: false,
				by: 'supervisor',
				detail: why,
			});
			needs.onProgress({ kind: 'recovery', action: 'give-up', target: node, ok: false, detail: why });
		}
		for (const { node, move, attempt } of begin) {
			const doing = act(node, move, attempt).finally(() => underWay.delete(doing));
			underWay.add(doing);
		}
		wake = wakeMs === null ? () => {} : clock.at(wakeMs, look);
	};
	const act = async (name: string, move: Move, attempt: number): Promise<void> => {
		const node = nodes.find((n) => n.name === name) as ClusterNode;
		const kind: RecoveryAct = move === 'mend' ? (spec.do as 'restart' | 'redeploy') : move;
		const ok = await inTurn(node, () => mend({ act: kind, node, deploy: spec.deploy, by: 'supervisor', attempt }, needs));
		limiter.ended(name, ok, clock.now());
		look();
	};
	const heartbeat = new Heartbeat(
		{
			clock,
			seed: needs.seed,
			periodMs: everyMs,
			timeoutMs,
			freshEvery: 1,
			probe: { keepBody: false, maxBody: MOST_BODY, headers: { 'x-daruma-id': 'probe-supervisor' }, more: { connection: 'close' } },
			detector: () => makeDetector({ kind: 'rise-fall', fall, rise }),
			judge: asBalancer,
		},
		{
			onSample() {},
			onState({ name }, { state }, now) {
				if (state !== 'up' && state !== 'warning' && state !== 'down') return;
				limiter.heard(name, state === 'down' ? 'down' : 'up', now);
				look();
			},
		},
	);
	void heartbeat.add(...nodes.map(({ name, host, port }) => ({ name, host, port, protocol: 'http', path: needs.probePath, weight: 1 })));
	return async () => {
		stopped = true;
		heartbeat.stop();
		wake();
		await Promise.all(underWay);
	};
};
