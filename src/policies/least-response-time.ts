import { least } from './least.js';
import { ewma } from './load.js';
import type { Policy } from './policy.js';

/** Least mean latency (EWMA, τ in ms) × (outstanding + 1), as nginx' least_time weighs both; unknown nodes are explored first. */
export const leastResponseTime = (tauMs = 10_000): Policy => least(ewma(tauMs));
