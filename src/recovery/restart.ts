import type { RecoveryKindModule } from './act.js';
import { healthy } from './healthy.js';

/** Kills what is left of the node's group and starts it again on the same port. There is no way back: what it killed was down. */
export const restart: RecoveryKindModule = {
	async arm(context) {
		const { node, deploy } = context;
		return {
			async fire() {
				await node.kill();
				await node.start();
			},
			effective: (withinMs) => healthy(context, { ...deploy.gate, withinMs }),
			heal: () => healthy(context, deploy.gate),
		};
	},
};
