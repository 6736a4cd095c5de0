import type { EjectionSpec } from '../model/plan.js';
import type { Service } from './service.js';

export interface SceneNode {
	name: string;
	/** For the policies that heed weights; above 0. */
	weight: number;
	service: Service;
	/** Share of its requests that it answers badly, 0 … 1. */
	failing: number;
}

/** What befalls one node, on the clock of the simulation; `toMs` may be Infinity. */
export type Disturbance = { node: string; fromMs: number; toMs: number } /** What it begins to serve takes so long. */ & (
	| { kind: 'slow'; serviceMs: number }
	/** A dead process: what it holds is reset, what comes is refused. */
	| { kind: 'dead' }
	/** A stopped process: nothing is answered until it goes on. */
	| { kind: 'frozen' }
);

/** A cluster, its load and its mishaps: all that the comparison of policies needs. Times in ms. */
export interface Scene {
	nodes: readonly SceneNode[];
	disturbances: readonly Disturbance[];
	/** Requests a second, open loop. */
	rate: number;
	pacing: 'constant' | 'poisson';
	durationMs: number;
	/** What was sent before this counts for nothing: queues fill, averages form. */
	warmUpMs: number;
	/** When a client gives up. The server goes on. */
	timeoutMs: number;
	/** A good answer that comes later is no success. */
	withinMs: number;
	/** Balancers that know nothing of each other; each request is one's, drawn evenly. */
	clients: number;
	/** Users behind the requests, for keyed policies. */
	keys: number;
	/** Requests that a node serves at once, the others queue first in, first out; Infinity: all. */
	servers: number;
	/** One way between client and node. */
	netMs: number;
	ejection: EjectionSpec | null;
	seed: number;
}
