import type { Rng } from '../../model/rng.js';
import type { AttributeInfo, ToxicInfo } from '../contract.js';
import type { Memory } from '../requests/memory.js';
import type { RequestFacts, RequestPlan } from '../requests/plan.js';
import type { Stage } from '../stage.js';

export type Attributes = Record<string, number | string | boolean>;

/** What one toxic knows on one direction of one connection. */
export interface StageContext<A extends Attributes = Attributes> {
	/** The toxic's own: always its present values. */
	readonly attributes: Readonly<A>;
	/** Keyed by the seed, the proxy, the connection, the direction and the toxic. */
	readonly chance: Rng;
	/** When it begins to work here. */
	readonly now: number;
	/** The connection began with this toxic. */
	readonly fresh: boolean;
	/** One per toxic, for what its connections share. */
	readonly shared: { nextFree: number };
	/** From now on every close of this connection is a RST (SO_LINGER 0). */
	linger(): void;
}

/** What happens to a connection before there is an upstream. */
export type Welcome = { kind: 'reset' } | { kind: 'hole' } | { kind: 'wait'; ms: number };

export interface ToxicType<A extends Attributes = Attributes> extends ToxicInfo {
	/** Null: it does nothing to bytes. */
	stage(context: StageContext<A>): Stage | null;
	/** Toxics that meet a connection when it is accepted, whatever their stream. */
	welcome?(attributes: Readonly<A>): Welcome;
	/** Toxics that act on requests, whatever their stream. */
	readonly request?: RequestAct<A>;
}

/** What a toxic wants done to a request: `action` is for people. Null: nothing, after all. */
export type RequestPart = Partial<Omit<RequestPlan, 'hits'>> & { action: string };

export interface RequestAct<A extends Attributes = Attributes> {
	/** It may need no upstream. */
	readonly answers?: true;
	/** Other requests do not count for it. */
	concerns?(facts: RequestFacts): boolean;
	/** `chance` is keyed by the seed, the proxy, the toxic and the ordinal of the request; `memory` is the toxic's own. */
	act(attributes: Readonly<A>, meeting: { facts: RequestFacts; chance: Rng; memory: Memory }): RequestPart | null;
}

/** What Toxiproxy holds between its stages is next to nothing, so a client's writes block soon. */
export const NARROW = 256 * 1024;

const info =
	(kind: AttributeInfo['kind'], zero: AttributeInfo['default']) =>
	(goField: string, more: { default?: AttributeInfo['default']; additional?: true } = {}): AttributeInfo => ({ kind, default: zero, goField, ...more });
export const int64 = info('int64', 0);
export const int = info('int', 0);
export const float = info('float', 0);
export const boolean = info('boolean', false);
export const string = info('string', '');

/** For attributes that are shares. */
export const shareObjection = (attributes: Record<string, unknown>, ...names: string[]): string | null => {
	for (const name of names) {
		const value = attributes[name] as number;
		if (!(value >= 0 && value <= 1)) return `${name} must be from 0 to 1, not ${value}`;
	}
	return null;
};

/** Toxiproxy reads at most this much at once: what its toxics call a chunk. */
export const CHUNK = 32 * 1024;
