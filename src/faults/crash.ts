import type { FaultKindModule } from './act.js';
import { tapFault } from './at-tap.js';
import { answersAgain, refuses, until } from './observe.js';

/**
 * The replica dies when it receives a request: the tap passes the request on and then kills its own group, so at least
 * one request is always in the dead replica's hands. Healed by a new process on the same port.
 */
export const crash: FaultKindModule = {
	async arm(spec, context) {
		const { node, custody, clock } = context;
		const ward = node.ward;
		if (ward === null) throw new Error(`${node.name} is not running`);
		const armed = await custody.arm({ kind: 'kill-group', pid: ward.pid, startTime: ward.startTime, run: custody.run }, 120_000);
		let before = clock.now();
		ward.onMessage((message) => {
			if (message.kind === 'crashing' && typeof message.t === 'number') before = message.t;
		});
		return {
			async fire() {
				before = clock.now();
				await node.setTapFault(tapFault('crash', spec, context.seed));
			},
			async effective(withinMs) {
				const { seenMs } = await until(
					clock,
					withinMs,
					async () => (!ward.running && (await refuses(node)) ? 'gone' : null),
					() => `no request reached ${node.name} within ${withinMs} ms, so it did not crash`,
				);
				return { t: before, seenMs, by: 'waitpid', detail: 'it died with a request in its hands, and its port refuses' };
			},
			async heal() {
				await armed.heal();
				if (node.ward?.running) await node.kill();
				await node.start();
				return answersAgain(context, 10_000);
			},
		};
	},
};
