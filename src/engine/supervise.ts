import type { ClusterNode } from '../cluster/cluster.js';
import { inTurn } from '../cluster/turns.js';
import type { RecoverySpec } from '../model/recovery.js';
import type { Rng } from '../model/rng.js';
import { keep } from './keep.js';
import { type MendNeeds, mend } from './mend.js';

/** More of a health page is not worth reading. */
const MOST_BODY = 1024 * 1024;

/**
 * Mends what a fault leaves down, until the returned stop. What it starts belongs to custody: if daruma dies in the
 * middle, the node dies with it.
 */
export const supervise = (spec: RecoverySpec, nodes: readonly ClusterNode[], rng: Rng, needs: MendNeeds): (() => Promise<void>) => {
	const { clock, seed, probePath, probeProtocol = 'http', experiment } = needs;
	const keeper = keep({
		targets: nodes.map(({ name, host, port }) => ({ name, host, port, protocol: probeProtocol, path: probeProtocol === 'grpc' ? '' : probePath, weight: 1 })),
		shape: spec.do === 'failover' ? 'route' : 'mend',
		detect: spec.detect,
		limits: spec.limits,
		rng,
		clock,
		seed,
		probe: { keepBody: false, maxBody: MOST_BODY, headers: { 'x-daruma-id': 'probe-supervisor' }, more: { connection: 'close' } },
		act(name, move, attempt) {
			const node = nodes.find((n) => n.name === name) as ClusterNode;
			const act = move === 'mend' ? (spec.do as 'restart' | 'redeploy') : move;
			return inTurn(node, () => mend({ act, node, deploy: spec.deploy, by: 'supervisor', attempt }, needs));
		},
		gaveUp(target, why) {
			const now = clock.now();
			needs.record({ kind: 'recovery', t: now, endMs: now, experiment, action: 'give-up', target, ok: false, by: 'supervisor', detail: why });
			needs.onProgress({ kind: 'recovery', action: 'give-up', target, ok: false, detail: why });
		},
	});
	return () => keeper.stop();
};
