import type { FaultKindModule } from './act.js';
import { answersAgain, refuses, until } from './observe.js';

/** A graceful stop: SIGTERM to the replica, which closes its listener and finishes what it has begun. Healed by a new process on the same port. */
export const term: FaultKindModule = {
	async arm(_spec, context) {
		const { node, custody, clock } = context;
		const ward = node.ward;
		if (ward === null) throw new Error(`${node.name} is not running`);
		const armed = await custody.arm({ kind: 'kill-group', pid: ward.pid, startTime: ward.startTime, run: custody.run }, 120_000);
		let before = clock.now();
		return {
			async fire() {
				before = clock.now();
				await node.terminate();
			},
			async effective(withinMs) {
				const { seenMs } = await until(
					clock,
					withinMs,
					async () => ((await refuses(node)) ? 'refuses' : null),
					() => `${node.name} still accepted connections ${withinMs} ms after SIGTERM: it does not stop gracefully`,
				);
				return { t: before, seenMs, by: 'probe', detail: 'its port refuses' };
			},
			async heal() {
				// What did not finish by now is cut off: the fault's time is over.
				await armed.heal();
				if (node.ward?.running) await node.kill();
				await node.start();
				return answersAgain(context, 10_000);
			},
		};
	},
};
