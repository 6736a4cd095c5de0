import type { TapFault, TapFaultKind } from '../model/fault.js';
import type { FaultSpec } from '../model/plan.js';
import type { ProbeAnswer } from '../probes/ask-http.js';
import type { FaultContext, FaultKindModule } from './act.js';
import { answersAgain, ask, until } from './observe.js';

/** What the tap is told, with the defaults of each parameter filled in. */
export const tapFault = (kind: TapFaultKind, spec: FaultSpec, seed: number): TapFault => ({
	kind,
	share: spec.share ?? (kind === 'drop' ? 0.3 : 1),
	seed,
	latencyMs: spec.latencyMs ?? 200,
	jitterMs: spec.jitterMs ?? 0,
	unit: spec.unit ?? 'request',
	status: spec.status ?? 503,
	...(spec.grpcStatus !== undefined && { grpcStatus: spec.grpcStatus }),
	methods: spec.methods ?? [],
	...(kind === 'partition' && { direction: spec.direction ?? 'both' }),
});

/**
 * The faults that a node's tap carries out while the replica lives on. The undo needs no watchdog: the tap holds the
 * fault in memory and dies with the node. `meets` says whether a request from outside met the fault; with a share
 * below 1 it may take several.
 */
export const atTap = (
	kind: TapFaultKind,
	meets: (answer: ProbeAnswer, fault: TapFault) => string | null,
	probeTimeoutMs: (fault: TapFault) => number,
): FaultKindModule => ({
	async arm(spec, context: FaultContext) {
		const { node, clock } = context;
		const fault = tapFault(kind, spec, context.seed);
		let before = clock.now();
		const look = async (): Promise<string | null> => {
			const width = fault.share >= 1 ? 1 : Math.min(16, Math.ceil(2 / Math.max(fault.share, 0.01)));
			const answers = await Promise.all(Array.from({ length: width }, () => ask(context, probeTimeoutMs(fault))));
			for (const answer of answers) {
				const met = meets(answer, fault);
				if (met !== null) return met;
			}
			return null;
		};
		return {
			async fire() {
				before = clock.now();
				await node.setTapFault(fault);
			},
			async effective(withinMs, wanted) {
				const { seenMs, detail } = await until(clock, withinMs, look, () => `no probe met the ${kind} at ${node.name} within ${withinMs} ms`, wanted);
				return { t: before, seenMs, by: 'probe', detail };
			},
			async heal() {
				await node.setTapFault(null);
				return answersAgain(context, 10_000);
			},
		};
	},
});
