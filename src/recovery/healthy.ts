import type { Evidence } from '../faults/act.js';
import { ask, until } from '../faults/observe.js';
import type { HealthGate } from '../model/recovery.js';
import type { RecoveryContext } from './act.js';

const ASK_MS = 1000;

/** So many good answers in a row through the node's own port, each over a fresh connection: below 500, as a balancer would have it. Rejects with a sentence. */
export const healthy = async (context: Pick<RecoveryContext, 'node' | 'clock' | 'probePath' | 'probeProtocol'>, gate: HealthGate): Promise<Evidence> => {
	const { node, clock } = context;
	const since = clock.now();
	let row = 0;
	let last = 'nothing was asked';
	const { seenMs, detail } = await until(
		clock,
		gate.withinMs,
		async () => {
			const answer = await ask(context, Math.min(ASK_MS, gate.withinMs));
			const good = answer.status !== undefined && answer.status < 500 && answer.reason === undefined;
			last = answer.status === undefined ? (answer.reason ?? 'no answer') : `status ${answer.status}`;
			row = good ? row + 1 : 0;
			return row >= gate.probes ? `${row} good answers in a row` : null;
		},
		() => `${node.name} did not give ${gate.probes} good answers in a row within ${gate.withinMs} ms (last: ${last})`,
	);
	return { t: since, seenMs, by: 'probe', detail };
};
