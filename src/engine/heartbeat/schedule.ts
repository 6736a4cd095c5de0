/** When the beats of one endpoint are due, for ever: absolute times, so that nothing that happens makes them drift. */
export interface Schedule {
	/** When the first period begins, ms. */
	baseMs: number;
	periodMs: number;
	/** Where in the period this endpoint's beats lie, ms: different for each, so that a thousand do not beat at once. */
	phaseMs: number;
	/** Each beat lies up to this share of the period before or after its place. */
	jitter: number;
	/** Of the name and the seed: same seed, same times. */
	key: number;
}

/** A 32-bit finalizer (Mueller's constants): every bit of the input moves every bit of the output. */
const mix = (n: number): number => {
	let z = n >>> 0;
	z = Math.imul(z ^ (z >>> 16), 0x45d9f3b);
	z = Math.imul(z ^ (z >>> 16), 0x45d9f3b);
	return (z ^ (z >>> 16)) >>> 0;
};

/** FNV-1a of the name, then mixed with the seed: in [0, 2³²). */
export const keyOf = (name: string, seed: number): number => {
	let h = 0x811c9dc5;
	for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0;
	return mix(h ^ mix(seed));
};

/** The schedule of one endpoint; its first beat is at most `spreadMs` after `nowMs`. */
export const scheduleOf = (name: string, nowMs: number, options: { periodMs: number; spreadMs: number; jitter: number; seed: number }): Schedule => {
	const key = keyOf(name, options.seed);
	const phaseMs = (key / 4294967296) * Math.min(options.spreadMs, options.periodMs);
	return { baseMs: nowMs, periodMs: options.periodMs, phaseMs, jitter: options.jitter, key };
};

/** When beat `k` is due, ms. The first one has no jitter: there is nothing yet that it could be in step with. */
export const dueMs = ({ baseMs, periodMs, phaseMs, jitter, key }: Schedule, k: number): number => {
	const swing = k === 0 || jitter === 0 ? 0 : (mix(key + Math.imul(k, 0x9e3779b1)) / 4294967296 - 0.5) * 2 * jitter * periodMs;
	return baseMs + phaseMs + k * periodMs + swing;
};

/**
 * Which beat is next at `now`, when beat `last` was the latest asked: the one after it, or, if several have become due
 * meanwhile, the latest of those; the ones before it are lost.
 */
export const nextBeat = (schedule: Schedule, last: number, now: number): { beat: number; skipped: number } => {
	const after = last + 1;
	if (dueMs(schedule, after + 1) > now) return { beat: after, skipped: 0 };
	let beat = Math.max(after, Math.floor((now - schedule.baseMs - schedule.phaseMs) / schedule.periodMs) - 1);
	while (dueMs(schedule, beat + 1) <= now) beat++;
	return { beat, skipped: beat - after };
};
