import { least } from './least.js';
import { peakEwma } from './load.js';
import type { Policy } from './policy.js';

/** Least peak EWMA of latency (τ in ms) × (outstanding + 1), as nginx' least_time weighs both; unknown nodes are explored first. */
export const leastResponseTime = (tauMs = 10_000): Policy => least(peakEwma(tauMs));
