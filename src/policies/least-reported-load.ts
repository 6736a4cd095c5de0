import { least } from './least.js';
import { reportedLoad } from './load.js';
import type { Policy } from './policy.js';

/** The least utilization that a node reported of itself, ties at random. Between two reports everybody runs to the same node: the older the reports, the worse. */
export const leastReportedLoad = (expirationMs?: number): Policy => least(reportedLoad(expirationMs));
