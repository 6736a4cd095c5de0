import type { FaultSpec } from '../model/plan.js';
import type { Evidence, FaultContext, FaultKindModule } from './act.js';
import { answersAgain, refuses, until } from './observe.js';

interface Death {
	fire(context: FaultContext, spec: FaultSpec): Promise<void>;
	/** Has it happened? A sentence, or null. */
	seen(context: FaultContext): Promise<string | null>;
	by: string;
	otherwise(node: string, withinMs: number): string;
	/** It waits at the tap for a request: as long as none came nothing has happened, and the heal must not kill a process that is well. */
	waits?: true;
}

/**
 * Faults after which the process is gone, or on its way: kill, term, crash. The undo on disk makes sure that nothing of
 * the old group is left; the heal is a new process on the same port, and its first answer.
 */
export const deadly = ({ fire, seen, by, otherwise, waits }: Death): FaultKindModule => ({
	async arm(spec, context) {
		const { node, custody, clock } = context;
		const ward = node.ward;
		if (ward === null) throw new Error(`${node.name} is not running`);
		const { life } = node;
		const group = { pid: ward.pid, startTime: ward.startTime };
		const withinMs = (forMs: number): number => forMs * 2 + 60_000;
		const armed = await custody.arm(waits ? { kind: 'continue-group', ...group } : { kind: 'kill-group', ...group, run: custody.run }, withinMs(spec.forMs));
		let before = clock.now();
		// A crash waits for its victim: the tap says when it has one.
		ward.onMessage((message) => {
			if (message.kind === 'crashing' && typeof message.t === 'number') before = message.t;
		});
		return {
			async fire() {
				before = clock.now();
				await fire(context, spec);
			},
			async effective(withinMs, wanted): Promise<Evidence> {
				const found = await until(
					clock,
					withinMs,
					() => seen(context),
					() => otherwise(node.name, withinMs),
					wanted,
				);
				return { t: before, by, ...found };
			},
			async heal(): Promise<Evidence> {
				if (waits && node.ward?.running) await node.setTapFault(null);
				await armed.heal();
				if (waits && node.ward?.running) return answersAgain(context, 10_000);
				// Somebody was faster: a new process runs already, and only has to be seen.
				if (node.life > life && node.ward?.running) return answersAgain(context, 10_000);
				await node.kill();
				await node.start();
				return answersAgain(context, 10_000);
			},
			renew: (forMs) => armed.renew(withinMs(forMs)),
		};
	},
});

/** The kernel says both: no process, and nobody listens. */
export const goneAndRefusing = async ({ node }: FaultContext): Promise<string | null> =>
	!node.ward?.running && (await refuses(node)) ? 'its process is gone and its port refuses' : null;
