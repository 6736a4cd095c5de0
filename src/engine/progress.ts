import type { PhaseEvent } from '../model/event.js';

/** What a run tells whoever watches it; the terminal draws it, the library may ignore it. */
export type Progress =
	| { kind: 'run'; run: string; folder: string }
	| { kind: 'stage'; text: string }
	| { kind: 'experiment'; index: number; of: number; name: string; totalMs: number }
	| { kind: 'phase'; phase: PhaseEvent['phase'] }
	| { kind: 'fault'; fault: string; target: string; step: string; detail?: string }
	| { kind: 'recovery'; action: string; target: string; ok: boolean | null; detail?: string }
	| { kind: 'traffic'; elapsedMs: number; totalMs: number; sent: number; ok: number; failed: number; inFlight: number }
	| { kind: 'nodes'; states: Record<string, string> };
