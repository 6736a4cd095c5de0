import { type ClientSpec, KEYED_POLICIES, type RetrySpec } from '../model/plan.js';
import type { Rng } from '../model/rng.js';
import { makePolicy } from '../policies/index.js';
import type { Candidate, Policy } from '../policies/policy.js';
import { slowStart } from '../policies/slow-start.js';
import { backoff } from './backoff.js';
import { type RetryBudget, retryBudget } from './budget.js';
import type { CallAction, CallEvent, CallStart, ClientBrain, Resolving } from './call.js';
import { type Ejection, ejection, type Ticket } from './ejection.js';

interface Call extends CallStart {
	deadlineAtMs: number | null;
	/** Tries so far; the last of them is `flight`, if any. */
	tries: number;
	tried: Set<number>;
	flight: { node: number; ticket: Ticket; sentMs: number; timeoutAtMs: number | null } | null;
	/** When the back-off ends; meaningful while nothing is in flight. */
	waitUntilMs: number;
	backoffMs: number;
}

/** How a try ended, as far as the retry rules care. `final` is what the user gets if there is no retry. */
interface Ending {
	retryable: boolean;
	final: CallAction;
}

/** How many users the requests are drawn from, unless the specification says so. */
const KEYS = 1000;

const givesUp = (error: string): CallAction => ({ kind: 'give-up', error });

const mayRepeat = ({ repeatable = false, method }: CallStart, retry: RetrySpec): boolean => repeatable || retry.methods.includes(method);

class Brain implements ClientBrain, Resolving {
	private readonly spec: ClientSpec;
	private readonly candidates: readonly Candidate[];
	/** Those of them that a registry lists; all where there is none. */
	private present: readonly Candidate[];
	private readonly rng: Rng;
	private readonly policy: Policy;
	private readonly ejection: Ejection | null;
	private readonly budget: RetryBudget | null;
	private readonly calls = new Map<string, Call>();
	/** Taken out by somebody who knows better: their return is no matter of ejection. */
	private readonly withdrawn = new Set<number>();

	constructor(spec: ClientSpec, nodes: readonly string[], rng: Rng) {
		this.spec = spec;
		this.candidates = nodes.map((name, index) => ({ index, name, weight: spec.weights[name] ?? 1 }));
		this.present = this.candidates;
		this.rng = rng;
		this.policy = spec.slowStart && !KEYED_POLICIES.includes(spec.policy) ? slowStart(makePolicy(spec.policy), spec.slowStart) : makePolicy(spec.policy);
		this.ejection = spec.ejection && ejection(spec.ejection, nodes.length);
		const budget = spec.retry?.budget;
		this.budget = budget ? retryBudget(budget.ratio, budget.minPerSecond) : null;
	}

	begin(start: CallStart, now: number): { actions: CallAction[]; deadlineAtMs: number | null } {
		const deadlineAtMs = this.spec.deadlineMs === null ? null : now + this.spec.deadlineMs;
		this.budget?.call(now);
		if (this.present.length === 0) return { actions: [givesUp('no-endpoint')], deadlineAtMs };
		const call: Call = { ...start, deadlineAtMs, tries: 0, tried: new Set(), flight: null, waitUntilMs: now, backoffMs: 0 };
		this.calls.set(call.id, call);
		return { actions: [this.attempt(call, now)], deadlineAtMs };
	}

	event(id: string, event: CallEvent, now: number): CallAction[] {
		const call = this.calls.get(id);
		if (!call) return [];
		if (event.kind === 'time') return this.time(call, now);
		if (event.kind === 'cancelled') {
			// As nginx' 499: the user's impatience is no proof against the node, but its slot is free again.
			this.land(call, null, now);
			this.calls.delete(id);
			return [];
		}
		// A late word of a try that was abandoned.
		if (!call.flight || event.n !== call.tries) return [];
		if (event.kind === 'failed') {
			this.land(call, false, now);
			return this.next(call, this.afterFailure(call, event.error, event.unsent), now);
		}
		const good = event.ok ?? call.ok(event.status);
		// Below 500 a bad answer is about the request, not the node (as Envoy's consecutive_5xx).
		this.land(call, good || event.status < 500, now);
		const final: CallAction = { kind: 'answer', n: event.n, status: event.status };
		const retry = this.spec.retry;
		return this.next(call, { retryable: !good && !!retry?.statuses.includes(event.status) && mayRepeat(call, retry), final }, now);
	}

	route(node: number, use: boolean): number {
		if (use) this.withdrawn.delete(node);
		else this.withdrawn.add(node);
		let out = 0;
		for (const { flight } of this.calls.values()) if (flight?.node === node) out += 1;
		return out;
	}

	listed(indices: ReadonlySet<number>): void {
		this.present = this.candidates.filter(({ index }) => indices.has(index));
	}

	private time(call: Call, now: number): CallAction[] {
		if (call.deadlineAtMs !== null && now >= call.deadlineAtMs) {
			const actions: CallAction[] = call.flight ? [{ kind: 'abandon', n: call.tries }] : [];
			if (call.flight) this.land(call, false, now);
			return [...actions, this.end(call, givesUp('deadline'))];
		}
		if (!call.flight) return now >= call.waitUntilMs ? [this.attempt(call, now)] : [];
		if (call.flight.timeoutAtMs === null || now < call.flight.timeoutAtMs) return [];
		this.land(call, false, now);
		return [{ kind: 'abandon', n: call.tries }, ...this.next(call, this.afterFailure(call, 'timeout', false), now)];
	}

	private afterFailure(call: Call, error: string, unsent: boolean): Ending {
		const retry = this.spec.retry;
		return { retryable: !!retry && (mayRepeat(call, retry) || (unsent && retry.unsent)), final: givesUp(error) };
	}

	/** Retries if everything allows it, else ends the call. */
	private next(call: Call, { retryable, final }: Ending, now: number): CallAction[] {
		const retry = this.spec.retry;
		if (!retryable || !retry || (retry.attempts > 0 && call.tries >= retry.attempts)) return [this.end(call, final)];
		const waitMs = this.backoff(call, retry);
		const instead = (error: string): CallAction[] => [this.end(call, final.kind === 'answer' ? final : givesUp(error))];
		if (call.deadlineAtMs !== null && now + waitMs >= call.deadlineAtMs) return instead('deadline');
		if (this.budget && !this.budget.withdraw(now)) return instead('budget');
		if (waitMs === 0) return [this.attempt(call, now)];
		call.waitUntilMs = now + waitMs;
		return [{ kind: 'wait', untilMs: call.waitUntilMs }];
	}

	private backoff(call: Call, retry: RetrySpec): number {
		call.backoffMs = backoff(retry, call.tries, call.backoffMs, this.rng.fork(`backoff ${call.id} ${call.tries}`).next());
		return call.backoffMs;
	}

	private attempt(call: Call, now: number): CallAction {
		if (this.present.length === 0) return this.end(call, givesUp('no-endpoint'));
		call.tries += 1;
		const offered = this.offered(call, now);
		const { index } = offered[this.policy.pick(offered, this.rng.fork(`pick ${call.id} ${call.tries}`), now, this.keyOf(call))] as Candidate;
		const timeoutAtMs = this.spec.timeoutMs === null ? null : now + this.spec.timeoutMs;
		call.tried.add(index);
		call.flight = { node: index, ticket: this.ejection?.sent(index) ?? 0, sentMs: now, timeoutAtMs };
		this.policy.sent?.(index, now);
		return { kind: 'attempt', n: call.tries, node: index, timeoutAtMs };
	}

	/** The user whose request it is; every try has the same. */
	private keyOf({ id, key }: Call): string | undefined {
		if (key !== undefined || !KEYED_POLICIES.includes(this.spec.policy)) return key;
		return `user ${Math.floor(this.rng.fork(`key ${id}`).next() * (this.spec.keys ?? KEYS))}`;
	}

	/** The nodes to choose from: not ejected and not tried yet, if there are such; all of them rather than none (panic). */
	private offered(call: Call, now: number): readonly Candidate[] {
		const served = this.withdrawn.size > 0 ? this.present.filter((c) => !this.withdrawn.has(c.index)) : this.present;
		const known = served.length > 0 ? served : this.present;
		const eligible = this.ejection ? known.filter((c) => this.ejection?.eligible(c.index, now)) : known;
		const pool = eligible.length > 0 ? eligible : known;
		if (!this.spec.retry?.elsewhere || call.tries === 1) return pool;
		const fresh = pool.filter((c) => !call.tried.has(c.index));
		return fresh.length > 0 ? fresh : pool;
	}

	/** The try in flight is over, whatever comes next. */
	private land(call: Call, ok: boolean | null, now: number): void {
		const flight = call.flight;
		if (!flight) return;
		call.flight = null;
		const out = this.ejection?.out ?? 0;
		this.ejection?.done(flight.node, flight.ticket, ok, now);
		this.policy.done?.(flight.node, { ok: ok ?? false, latencyMs: now - flight.sentMs, now });
		if (this.ejection && this.ejection.out < out) this.policy.returned?.(flight.node, now);
	}

	private end(call: Call, final: CallAction): CallAction {
		this.calls.delete(call.id);
		return final;
	}
}

/**
 * One client: chooser, ejection, budget and all its calls, as a pure state machine. Chance is keyed by call and try,
 * so the same seed decides the same whatever the order of events; throws nothing.
 */
export const createBrain = (spec: ClientSpec, nodes: readonly string[], rng: Rng): ClientBrain & Resolving => new Brain(spec, nodes, rng);
