import type { Probe } from './probe.js';
export const exec: Probe = undefined as never;
