import type { ExperimentSpec, FaultSpec } from '../../model/plan.js';
import { grpcCodeName } from '../../wire/grpc.js';
import { actionTree, recoveryTree } from './recovery.js';
import { type Tree, time } from './tree.js';

export const experimentTree = (experiment: ExperimentSpec): Tree => ({
	name: experiment.name,
	...(experiment.faults.length > 0 && { fault: experiment.faults.map(faultTree) }),
	...(experiment.actions?.length && { action: experiment.actions.map(actionTree) }),
	...(experiment.recovery && { recovery: recoveryTree(experiment.recovery) }),
	baseline: time(experiment.baselineMs),
	after: time(experiment.afterMs),
	repeat: experiment.repeat,
	...(experiment.expect.length > 0 && { expect: Object.fromEntries(experiment.expect.map(({ name, bound }) => [name, bound.text])) }),
	...(experiment.halt && experiment.halt.length > 0 && { halt: experiment.halt.map((each) => each.text) }),
	...(experiment.allow.length > 0 && { allow: experiment.allow }),
});

const faultTree = ({ kind, target, atMs, forMs, flap, roll, latencyMs, jitterMs, status, grpcStatus, methods, ...rest }: FaultSpec): Tree => ({
	kind,
	target,
	at: time(atMs),
	...(flap ? { flap: { on: time(forMs), every: time(flap.everyMs), times: flap.times } } : { for: time(forMs) }),
	...(roll && { roll: { gap: time(roll.gapMs) } }),
	...(latencyMs !== undefined && { latency: time(latencyMs) }),
	...(jitterMs !== undefined && { jitter: time(jitterMs) }),
	...rest,
	...(status !== undefined && { status: grpcStatus === undefined ? status : grpcCodeName(grpcStatus) }),
	...(methods && methods.length > 0 && { methods }),
});
