import type { Probe } from './probe.js';
export const udp: Probe = undefined as never;
