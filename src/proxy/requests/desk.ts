import type { Rng } from '../../model/rng.js';
import type { ActiveToxic } from '../active-toxic.js';
import type { RequestPart } from '../toxics/toxic.js';
import { type Hit, type RequestDesk, type RequestFacts, type RequestPlan, UNTOUCHED } from './plan.js';

/** The toxics of one proxy that act on requests, and the count of its requests. */
export class RequestToxics implements RequestDesk {
	private readonly toxics: () => readonly ActiveToxic[];
	private readonly chance: Rng;
	private readonly tell: (facts: RequestFacts, hit: Hit) => void;
	private ordinal = 0;

	constructor(toxics: () => readonly ActiveToxic[], chance: Rng, tell: (facts: RequestFacts, hit: Hit) => void) {
		this.toxics = toxics;
		this.chance = chance;
		this.tell = tell;
	}

	get active(): boolean {
		return this.toxics().length > 0;
	}

	get answers(): boolean {
		return this.toxics().some(({ type }) => type.request?.answers);
	}

	wantsBody(facts: RequestFacts): boolean {
		return this.toxics().some((toxic) => toxic.requests?.rpc && concerns(toxic, facts));
	}

	decide(facts: RequestFacts): RequestPlan {
		const ordinal = this.ordinal++;
		let plan: RequestPlan | null = null;
		for (const toxic of this.toxics()) {
			const { request } = toxic.type;
			if (!request || !concerns(toxic, facts)) continue;
			if (toxic.requests?.rpc && !toxic.requests.rpc(facts.rpcMethods ?? [])) continue;
			if (!toxic.isFor(facts.client, true)) continue;
			const chance = this.chance.fork(`request:${ordinal}:${toxic.name}`);
			if (chance.next() >= toxic.toxicity) continue;
			const part = request.act(toxic.attributes, { facts, chance, memory: toxic.memory });
			const joined: RequestPlan | null = part && join(plan ?? UNTOUCHED, part, toxic.name);
			if (!joined) continue;
			plan = joined;
			toxic.hits++;
			this.tell(facts, joined.hits.at(-1) as Hit);
		}
		return plan ?? UNTOUCHED;
	}
}

const concerns = (toxic: ActiveToxic, facts: RequestFacts): boolean => toxic.requests?.head(facts) === true && (toxic.type.request?.concerns?.(facts) ?? true);

/** The first toxic that ends a request is the one that does; delays add up, the shortest truncation counts. Null: nothing is left for this one to do. */
export const join = (plan: RequestPlan, part: RequestPart, toxic: string): RequestPlan | null => {
	const { action, ...wish } = part;
	const ended = plan.answer || plan.reset || plan.hang;
	if (ended) {
		delete wish.answer;
		delete wish.reset;
		delete wish.hang;
	}
	if (Object.keys(wish).length === 0) return null;
	const joined = { ...plan, ...wish, delayMs: plan.delayMs + (wish.delayMs ?? 0), hits: [...plan.hits, { toxic, action }] };
	if (plan.truncateAt !== undefined && wish.truncateAt !== undefined) joined.truncateAt = Math.min(plan.truncateAt, wish.truncateAt);
	for (const key of ['requestHeaders', 'responseHeaders'] as const) {
		const [a, b] = [plan[key], wish[key]];
		if (a && b) joined[key] = { set: [...a.set.filter(([name]) => !b.remove.includes(name.toLowerCase())), ...b.set], remove: [...a.remove, ...b.remove] };
	}
	return joined;
};
