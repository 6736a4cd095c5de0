import type { FaultKindModule } from './act.js';
import { answersAgain, refuses, until } from './observe.js';

/** SIGKILL to the whole group, as the kernel's out-of-memory killer would; healed by a new process on the same port. */
export const kill: FaultKindModule = {
	async arm(_spec, context) {
		const { node, custody, clock } = context;
		const ward = node.ward;
		if (ward === null) throw new Error(`${node.name} is not running`);
		const armed = await custody.arm({ kind: 'kill-group', pid: ward.pid, startTime: ward.startTime, run: custody.run }, 60_000);
		let before = clock.now();
		return {
			async fire() {
				before = clock.now();
				await node.kill();
			},
			async effective(withinMs) {
				const { seenMs } = await until(
					clock,
					withinMs,
					async () => (!ward.running && (await refuses(node)) ? 'gone' : null),
					() => `${node.name} was still there ${withinMs} ms after SIGKILL`,
				);
				return { t: before, seenMs, by: 'waitpid', detail: 'the process is gone and its port refuses' };
			},
			async heal() {
				await armed.heal();
				if (!node.ward?.running) await node.start();
				return answersAgain(context, 10_000);
			},
		};
	},
};
