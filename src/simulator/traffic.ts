import type { Event } from '../model/event.js';
import type { MixEntry, TrafficSpec } from '../model/plan.js';
import type { Rng } from '../model/rng.js';
import { mixer } from '../workload/mix.js';
import { type Pacer, pacer } from '../workload/pacer.js';
import { statusIsOk } from '../workload/status-predicate.js';
import { type ClientNeeds, SimulatedCall } from './client.js';

export interface TrafficNeeds extends ClientNeeds {
	traffic: TrafficSpec;
	rng: Rng;
	experiment: number;
	firstId: number;
	/** A client that goes on trying for users who have gone. */
	lingers: boolean;
}

/** The users: open-loop arrivals, each of whom waits for `timeoutMs` and then goes. Times and mix are drawn as the live generator draws them. */
export class SimulatedTraffic {
	private readonly needs: TrafficNeeds;
	private readonly dueAt: Pacer;
	private readonly choose: (ordinal: number) => number;
	private readonly startMs: number;
	private readonly calls = new Set<SimulatedCall>();
	private stopped = false;
	private ordinal = 0;
	/** Users who still wait. */
	waiting = 0;

	constructor(needs: TrafficNeeds, startMs: number) {
		this.needs = needs;
		this.dueAt = pacer(needs.traffic, needs.rng);
		this.choose = mixer(needs.traffic.mix, needs.rng);
		this.startMs = startMs;
		needs.clock.at(this.due(0), () => this.arrival());
	}

	get nextId(): number {
		return this.needs.firstId + this.ordinal;
	}

	/** No arrivals from now on. */
	stop(): void {
		this.stopped = true;
	}

	/** Writes what was offered, and the tries that have no end yet. */
	close(): void {
		const { record, clock, experiment } = this.needs;
		record({ kind: 'offered', t: clock.now(), experiment, intended: this.ordinal, sent: this.ordinal, refused: 0 });
		for (const call of this.calls) call.cutOff();
	}

	private due(ordinal: number): number {
		return this.startMs + this.dueAt(ordinal);
	}

	private arrival(): void {
		if (this.stopped) return;
		this.visit(this.due(this.ordinal), this.ordinal);
		this.ordinal += 1;
		this.needs.clock.at(this.due(this.ordinal), () => this.arrival());
	}

	private visit(t: number, ordinal: number): void {
		const { clock, traffic, truth, record, firstId, lingers } = this.needs;
		const mix = this.choose(ordinal);
		const { method, path, idempotent, ok } = traffic.mix[mix] as MixEntry;
		const id = `r${firstId + ordinal}`;
		const sentMs = clock.now();
		let left = false;
		const leave = (end: { status: number } | { error: string }): void => {
			if (left) return;
			left = true;
			this.waiting -= 1;
			patience();
			const outcome = 'status' in end && statusIsOk(ok, end.status) ? 'ok' : 'failed';
			const endMs = clock.now();
			truth.requests.set(id, {
				id,
				method,
				idempotent,
				intendedMs: t,
				sentMs,
				endMs,
				ok: outcome === 'ok',
				...('status' in end ? { status: end.status } : {}),
			});
			const event: Event = { kind: 'request', t, sentMs, endMs, id, method, path, mix, idempotent, outcome, ...end };
			record(event);
		};
		const patience = clock.limit(sentMs + traffic.timeoutMs, () => {
			if (!lingers) {
				call.cancel();
				this.calls.delete(call);
			}
			leave({ error: 'timeout' });
		});
		const call = new SimulatedCall(this.needs, { id, method, path, ok: (status) => statusIsOk(ok, status) }, (end) => {
			this.calls.delete(call);
			leave(end);
		});
		this.waiting += 1;
		this.calls.add(call);
		call.begin();
	}
}
