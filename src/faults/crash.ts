import { tapFault } from './at-tap.js';
import { deadly, goneAndRefusing } from './deadly.js';

/**
 * The replica dies when it receives a request: the tap passes the request on and then kills its own group, so that at
 * least one request is always in the dead replica's hands.
 */
export const crash = deadly({
	fire: ({ node, seed }, spec) => node.setTapFault(tapFault('crash', spec, seed)),
	seen: goneAndRefusing,
	waits: true,
	by: 'waitpid',
	otherwise: (node, ms) => `no request reached ${node} within ${ms} ms, so it did not crash`,
});
