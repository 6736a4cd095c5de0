import { least } from './least.js';
import { peakEwma as load } from './load.js';
import type { Policy } from './policy.js';

/** The least peak EWMA of latency (τ in ms) × (outstanding + 1) of all nodes: one slow answer is enough to be believed. */
export const peakEwma = (tauMs = 10_000): Policy => least(load(tauMs));
