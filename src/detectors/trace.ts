import type { Rng } from '../model/rng.js';

/** A synthetic stream of heartbeats over one connection: what is late holds up what comes behind it, as with TCP. */
export interface TraceSpec {
	beats: number;
	/** η: one heartbeat is sent each so many ms. */
	intervalMs: number;
	/** Share of heartbeats that never arrive. */
	loss: number;
	/** Delays are lognormal: their median in ms, and the standard deviation of their logarithm. */
	delayMs: number;
	sigma: number;
	/** This share of the heartbeats is delayed by `stallMs` more. */
	stallShare: number;
	stallMs: number;
}

export interface Trace {
	spec: TraceSpec;
	/** When each arrived, in ms; beat i was sent at i × η. Infinity: lost. Never descends among those that arrive. */
	arrivals: Float64Array;
	/** 1: it was neither lost nor delayed by a stall, its own or that of one before it. */
	ordinary: Uint8Array;
}

/** A week and a half of heartbeats as they might be: 1 % lost, 20 ms, a stall of 1.5 s every ten minutes. */
export const REFERENCE_TRACE: TraceSpec = { beats: 1_000_000, intervalMs: 1000, loss: 0.01, delayMs: 20, sigma: 0.4, stallShare: 1 / 600, stallMs: 1500 };

/** The same seed gives the same trace. */
export const heartbeats = (spec: TraceSpec, rng: Rng): Trace => {
	const arrivals = new Float64Array(spec.beats);
	const ordinary = new Uint8Array(spec.beats);
	let latest = 0;
	for (let i = 0; i < spec.beats; i++) {
		// Four draws a beat whatever comes of them, so that changing one share leaves the rest of the trace alone.
		const [lost, stalled, u, v] = [rng.next() < spec.loss, rng.next() < spec.stallShare, rng.next(), rng.next()];
		// Box and Muller; 1 − u is never 0.
		const gauss = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
		const own = i * spec.intervalMs + spec.delayMs * Math.exp(spec.sigma * gauss) + (stalled ? spec.stallMs : 0);
		arrivals[i] = lost ? Number.POSITIVE_INFINITY : Math.max(latest, own);
		if (!lost) latest = arrivals[i] as number;
		ordinary[i] = !lost && !stalled && own === latest ? 1 : 0;
	}
	return { spec, arrivals, ordinary };
};
