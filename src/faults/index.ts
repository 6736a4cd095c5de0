import type { FaultKind } from '../model/fault.js';
import type { FaultKindModule } from './act.js';

/** One more fault: one file, one line here, one test of the same name. */
export const FAULTS: Record<FaultKind, () => Promise<FaultKindModule>> = {
	kill: async () => (await import('./kill.js')).kill,
	freeze: async () => (await import('./freeze.js')).freeze,
	term: async () => (await import('./term.js')).term,
	crash: async () => (await import('./crash.js')).crash,
	reset: async () => (await import('./reset.js')).reset,
	blackhole: async () => (await import('./blackhole.js')).blackhole,
	delay: async () => (await import('./delay.js')).delay,
	drop: async () => (await import('./drop.js')).drop,
	error: async () => (await import('./error.js')).error,
	partition: async () => (await import('./partition.js')).partition,
};
