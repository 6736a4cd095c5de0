import { deadly, goneAndRefusing } from './deadly.js';

/** SIGKILL to the whole group, as the kernel's out-of-memory killer would; healed by a new process on the same port. */
export const kill = deadly({
	fire: ({ node }) => node.kill(),
	seen: goneAndRefusing,
	by: 'waitpid',
	otherwise: (node, ms) => `${node} was still there ${ms} ms after SIGKILL`,
});
