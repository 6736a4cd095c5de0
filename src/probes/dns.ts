import type { Probe } from './probe.js';
export const dns: Probe = undefined as never;
