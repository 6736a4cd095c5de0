import type { Probe } from './probe.js';
export const postgres: Probe = undefined as never;
