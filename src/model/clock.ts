/** Cancels what {@link Clock.at} scheduled; calling it twice, or after the fact, does nothing. */
export type Cancel = () => void;

/**
 * The only source of time. Milliseconds (fractional) since the zero of the run, on CLOCK_MONOTONIC, so that every
 * process of a run reads the same clock. Pure rooms take it, or plain numbers, as arguments.
 */
export interface Clock {
	now(): number;
	/** Calls `fn` once, never before `dueMs`. */
	at(dueMs: number, fn: () => void): Cancel;
}
