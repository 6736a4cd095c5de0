import { least } from './least.js';
import { pendingLoad } from './load.js';
import type { Policy } from './policy.js';

/** Fewest outstanding requests per weight (HAProxy leastconn, nginx least_conn), ties at random. */
export const leastLoad = (): Policy => least(pendingLoad());
