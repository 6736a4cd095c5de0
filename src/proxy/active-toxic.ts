import type { Direction, ToxicScope, ToxicState } from './contract.js';
import type { DueEntry } from './due-heap.js';
import { type RequestMatcher, requestMatcher } from './requests/match.js';
import { Memory } from './requests/memory.js';
import { type Client, clientMatcher, inTurn } from './toxics/scope.js';
import type { Attributes, ToxicType } from './toxics/toxic.js';

const SCOPE = ['duration', 'start', 'on', 'off', 'first', 'after', 'every', 'client'] as const;

/** One toxic of one proxy. Its attributes object stays the same: stages read it live. */
export class ActiveToxic {
	readonly name: string;
	readonly stream: string;
	readonly direction: Direction;
	readonly type: ToxicType;
	readonly attributes: Attributes = {};
	readonly shared = { nextFree: Number.NEGATIVE_INFINITY };
	toxicity: number;
	scope: ToxicScope = {};
	expiry: DueEntry | null = null;
	/** False while its schedule lets it rest. */
	works = true;
	/** When its schedule began, and its next change. */
	since = 0;
	turn: DueEntry | null = null;
	/** Of a toxic that acts on requests: which ones, what it remembers of them, and how many it has hit. */
	requests: RequestMatcher | null = null;
	readonly memory: Memory = new Memory();
	hits = 0;
	private matches: ((client: Client) => boolean) | null = null;
	/** New connections of its clients (or requests that match) since it was added. */
	private seen = 0;

	constructor(type: ToxicType, state: ToxicState) {
		this.type = type;
		this.name = state.name;
		this.stream = state.stream;
		this.direction = state.stream.toLowerCase() as Direction;
		this.toxicity = state.toxicity;
		for (const [name, info] of Object.entries(type.attributes)) this.attributes[name] = info.default;
		this.change(state);
	}

	/** Unknown attributes are ignored; what is not named keeps its value. */
	change({ toxicity, attributes, ...scope }: { toxicity?: number; attributes?: Record<string, unknown> } & ToxicScope): void {
		if (toxicity !== undefined) this.toxicity = toxicity;
		for (const name of Object.keys(this.type.attributes)) {
			const value = attributes?.[name];
			if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') this.attributes[name] = value;
		}
		for (const name of SCOPE) if (scope[name] !== undefined) this.scope = { ...this.scope, [name]: scope[name] };
		this.matches = this.scope.client === undefined ? null : clientMatcher(this.scope.client);
		if (this.type.request) this.requests = requestMatcher(this.attributes);
	}

	/** Asked once per connection, or per request that matches; `fresh`: it comes after the toxic. */
	isFor(client: Client, fresh: boolean): boolean {
		if (this.matches && !this.matches(client)) return false;
		const { first, after, every } = this.scope;
		if (first === undefined && after === undefined && every === undefined) return true;
		return fresh && inTurn(this.scope, this.seen++);
	}

	get state(): ToxicState {
		const attributes: Attributes = {};
		for (const [name, info] of Object.entries(this.type.attributes)) {
			const value = this.attributes[name] as number | string | boolean;
			if (!info.additional || value !== info.default) attributes[name] = value;
		}
		return { attributes, name: this.name, type: this.type.type, stream: this.stream, toxicity: this.toxicity, ...this.scope };
	}
}
