import type { StateChange } from '../../checks/watch/events.js';
import type { State } from '../../detectors/detector.js';

/** A change that hooks are run for. */
export type SettledChange = Pick<StateChange, 'endpoint' | 'from' | 'to' | 'why' | 'by'>;

/**
 * Which changes are worth a hook: from one settled state (up, warning, down) to another. A suspicion is none, and what
 * was seen before it is where the change comes from. That an endpoint is found up at the beginning is no news either.
 */
export class Settled {
	private readonly states = new Map<string, State>();

	change({ endpoint, to, why, by }: SettledChange): SettledChange | null {
		if (to === 'suspect' || to === 'unknown') return null;
		const from = this.states.get(endpoint) ?? 'unknown';
		this.states.set(endpoint, to);
		if (from === to || (from === 'unknown' && to === 'up')) return null;
		return { endpoint, from, to, why, by };
	}

	forget(endpoint: string): void {
		this.states.delete(endpoint);
	}
}

const FIELDS = ['endpoint', 'from', 'to', 'reason', 'by', 'time'] as const;

/** Fills {endpoint} {from} {to} {reason} {by} {time} in every word; other braces stay. Words stay words: no shell, and nothing is split again. */
export const fillHook = (argv: readonly string[], change: SettledChange, time: string): string[] => {
	const values = valuesOf(change, time);
	return argv.map((word) =>
		word.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name as keyof typeof values] as string) : whole)),
	);
};

/** The same as environment: DARUMA_ENDPOINT, DARUMA_FROM … */
export const hookEnv = (change: SettledChange, time: string): Record<string, string> =>
	Object.fromEntries(FIELDS.map((name) => [`DARUMA_${name.toUpperCase()}`, valuesOf(change, time)[name]]));

const valuesOf = ({ endpoint, from, to, why, by }: SettledChange, time: string): Record<(typeof FIELDS)[number], string> => {
	// What an argument or a variable of a process cannot hold.
	const plain = (text: string): string => text.replaceAll('\0', '');
	return { endpoint: plain(endpoint), from, to, reason: plain(why), by, time };
};
