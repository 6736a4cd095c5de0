import { groupMembers } from '../platform/process-identity.js';
import type { FaultKindModule } from './act.js';
import { answersAgain, until } from './observe.js';

/** SIGSTOP to the whole group: the kernel still accepts connections and bytes, nobody answers. Healed by SIGCONT. */
export const freeze: FaultKindModule = {
	async arm(spec, context) {
		const { node, custody, clock } = context;
		const ward = node.ward;
		if (ward === null) throw new Error(`${node.name} is not running`);
		const withinMs = (forMs: number): number => forMs + 10_000;
		const armed = await custody.arm({ kind: 'continue-group', pid: ward.pid, startTime: ward.startTime }, withinMs(spec.forMs));
		let before = clock.now();
		return {
			async fire() {
				before = clock.now();
				ward.signalGroup('SIGSTOP');
			},
			async effective(withinMs, wanted) {
				const { seenMs, detail } = await until(
					clock,
					withinMs,
					() => {
						const group = groupMembers(ward.pid);
						return group.length > 0 && group.every((p) => p.state === 'T') ? `${group.length} processes in state T` : null;
					},
					() => `${node.name} was not stopped ${withinMs} ms after SIGSTOP`,
					wanted,
				);
				return { t: before, seenMs, by: 'proc', detail };
			},
			async heal() {
				await armed.heal();
				return answersAgain(context, 15_000);
			},
			renew: (forMs) => armed.renew(withinMs(forMs)),
		};
	},
};
