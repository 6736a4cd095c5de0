import { deadly } from './deadly.js';
import { refuses } from './observe.js';

/** A graceful stop: SIGTERM to the replica, which closes its listener and finishes what it has begun; what is unfinished at the fault's end is cut off. */
export const term = deadly({
	fire: ({ node }) => node.terminate(),
	seen: async ({ node }) => ((await refuses(node)) ? 'its port refuses' : null),
	by: 'probe',
	otherwise: (node, ms) => `${node} still accepted connections ${ms} ms after SIGTERM: it does not stop gracefully`,
});
