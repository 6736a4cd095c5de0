import { bounds, duration, integer, text } from '../scalars.js';
import { list, object, optional, required, several, word } from '../shape.js';
import { faultShape } from './fault.js';

/** Checks that are judged though nobody asked; `allow` lets them fail by name. */
export const UNASKED = ['nonIdempotentDoubleExecuted', 'lost'] as const;
export const experiment = object({
	name: optional(text('a name in one line', '^[^\\r\\n]+$'), 'for reports and --only'),
	fault: required(several(faultShape, 'faults'), 'what is done to the cluster'),
	baseline: optional(duration(0), 'undisturbed traffic before'),
	after: optional(duration(0), 'traffic after the last heal'),
	repeat: optional(integer(1, 1000), 'how often'),
	expect: optional(bounds, 'what must hold'),
	allow: optional(list(word(UNASKED), 0, 'checks'), 'checks that may fail though nobody asked for them'),
});
