import type { Probe } from './probe.js';
export const thrift: Probe = undefined as never;
