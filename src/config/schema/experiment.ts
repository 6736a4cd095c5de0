import { HALT_GRAMMAR, parseHalt } from '../../checks/halt.js';
import type { HaltCondition } from '../../model/plan.js';
import { bounds, duration, integer, text } from '../scalars.js';
import { list, object, optional, required, scalar, several, word } from '../shape.js';
import { faultShape } from './fault.js';

/** Checks that are judged though nobody asked; `allow` lets them fail by name. */
export const UNASKED = ['nonIdempotentDoubleExecuted', 'lost'] as const;
const haltCondition = scalar<HaltCondition>(HALT_GRAMMAR, { type: 'string', pattern: '^\\s*(availability|errors|inFlight)\\s*[<>]=?\\s*\\d' }, (value) => {
	const found = typeof value === 'string' ? parseHalt(value) : undefined;
	return found && { value: found };
});
export const experiment = object({
	name: optional(text('a name in one line', '^[^\\r\\n]+$'), 'for reports and --only'),
	fault: required(several(faultShape, 'faults'), 'what is done to the cluster'),
	baseline: optional(duration(0), 'undisturbed traffic before'),
	after: optional(duration(0), 'traffic after the last heal'),
	repeat: optional(integer(1, 1000), 'how often'),
	expect: optional(bounds, 'what must hold'),
	halt: optional(several(haltCondition, 'conditions'), 'heals at once and ends the run when it is met'),
	allow: optional(list(word(UNASKED), 0, 'checks'), 'checks that may fail though nobody asked for them'),
});
