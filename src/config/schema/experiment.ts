import { HALT_GRAMMAR, parseHalt } from '../../checks/halt.js';
import type { HaltCondition } from '../../model/plan.js';
import { bounds, duration, integer, text } from '../scalars.js';
import { list, object, optional, type Shape, scalar, several, word } from '../shape.js';
import { faultShape } from './fault.js';
import { action, recoveryOrOff } from './recovery.js';

/** Checks that are judged though nobody asked; `allow` lets them fail by name. */
export const UNASKED = ['nonIdempotentDoubleExecuted', 'lost', 'availability', 'recoveryStorm', 'outAtOnce', 'flapping', 'recoveryFailed'] as const;
const haltCondition = scalar<HaltCondition>(HALT_GRAMMAR, { type: 'string', pattern: '^\\s*(availability|errors|inFlight)\\s*[<>]=?\\s*\\d' }, (value) => {
	const found = typeof value === 'string' ? parseHalt(value) : undefined;
	return found && { value: found };
});
const fields = object({
	name: optional(text('a name in one line', '^[^\\r\\n]+$'), 'for reports and --only'),
	fault: optional(several(faultShape, 'faults'), 'what is done to the cluster'),
	action: optional(several(action, 'actions'), 'a rolling redeploy or restart under traffic'),
	recovery: optional(recoveryOrOff, 'who mends what is down; off: nobody before the heal'),
	baseline: optional(duration(0), 'undisturbed traffic before'),
	after: optional(duration(0), 'traffic after the last heal'),
	repeat: optional(integer(1, 1000), 'how often'),
	expect: optional(bounds, 'what must hold'),
	halt: optional(several(haltCondition, 'conditions'), 'heals at once and ends the run when it is met'),
	allow: optional(list(word(UNASKED), 0, 'checks'), 'checks that may fail though nobody asked for them'),
});

/** Something must happen: a fault, an action, or both. */
export const experiment: Shape<ReturnType<typeof fields.read>> = {
	schema: { ...fields.schema, anyOf: [{ required: ['fault'] }, { required: ['action'] }] },
	read(node, path, reader) {
		const found = fields.read(node, path, reader);
		if (!found.fault && !found.action) throw reader.wrong(node, path, 'the key fault (what is done to the cluster)', 'none', 'or action: { kind: redeploy }');
		return found;
	},
};
