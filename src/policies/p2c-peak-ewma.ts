import { peakEwma } from './load.js';
import { p2c } from './p2c.js';
import type { Policy } from './policy.js';

/** Two nodes at random, the one with the less peak EWMA × (outstanding + 1) of them: the balancer of Finagle and Linkerd. */
export const p2cPeakEwma = (tauMs = 10_000): Policy => p2c(peakEwma(tauMs));
