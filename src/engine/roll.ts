import type { ClusterNode } from '../cluster/cluster.js';
import { selectNodes } from '../cluster/select.js';
import { inTurn } from '../cluster/turns.js';
import type { ActionSpec } from '../model/recovery.js';
import type { Rng } from '../model/rng.js';
import { type MendNeeds, mend } from './mend.js';

/**
 * A rolling redeploy (or restart): one node after another, each healthy before the next begins. The first that does not
 * get healthy is rolled back and ends the roll: the others keep the version that works.
 */
export const roll = async (spec: ActionSpec, nodes: readonly ClusterNode[], rng: Rng, needs: MendNeeds): Promise<void> => {
	const names = selectNodes(
		nodes.map(({ name }) => name),
		spec.target,
		rng,
	);
	for (const [i, name] of names.entries()) {
		const node = nodes.find((n) => n.name === name) as ClusterNode;
		// A planned restart is a redeploy of the same: gracefully, and out of the rotation meanwhile.
		const ok = await inTurn(node, () => mend({ act: 'redeploy', node, deploy: spec.deploy, by: 'plan' }, needs));
		if (ok) continue;
		const left = names.slice(i + 1);
		if (left.length > 0) needs.record({ kind: 'note', t: needs.clock.now(), text: `the ${spec.kind} ended at ${name}: ${left.join(', ')} kept what they had` });
		return;
	}
};
