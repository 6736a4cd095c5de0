import type { ClusterNode } from '../../cluster/cluster.js';
import type { Custody } from '../../custody/custody.js';
import type { Cancel, Clock } from '../../model/clock.js';
import type { Event, FaultEvent } from '../../model/event.js';
import type { FaultSpec } from '../../model/plan.js';
import type { FaultHandle, FaultState } from '../../model/session.js';
import type { Curtain } from '../curtain.js';
import { armInjection, type Injection } from '../injection.js';

export interface InjectedNeeds {
	node: ClusterNode;
	custody: Custody;
	clock: Clock;
	curtain: Curtain;
	seed: number;
	probePath: string;
	probeProtocol?: 'http' | 'grpc';
	record(event: Event): void;
	/** Whenever the handle has changed. */
	changed(handle: FaultHandle): void;
}

/** A fault without an end is given so much time by the watchdog, and again and again for as long as we live, ms. */
const RENEWED_MS = 60_000;
const RENEW_EVERY_MS = 20_000;
/** A probe that meets a fault at all meets it soon; a crash waits for its request for as long as it is on. */
const SEEN_WITHIN_MS = 10_000;
const MONTH_MS = 30 * 86_400_000;

/** One fault at one node, from arm to heal, with nobody's timetable but its own. */
export class Injected {
	/** Resolves when it is over, however that came. */
	readonly over: Promise<void>;
	private state: FaultState = 'arming';
	private evidence: FaultHandle['evidence'] = null;
	private healedBy: FaultHandle['healed'] = null;
	private detail: string | null = null;
	private endsAt: number | null = null;
	private firedMs = 0;
	private healingMs = 0;
	private injection: Promise<Injection> | null = null;
	private healing: Promise<void> | null = null;
	private wanted = true;
	private cancelEnd: Cancel = () => {};
	private cancelRenewal: Cancel = () => {};
	private end: () => void = () => {};
	readonly id: string;
	private readonly ordinal: number;
	private readonly spec: FaultSpec;
	private readonly forMs: number | null;
	private readonly needs: InjectedNeeds;

	constructor(ordinal: number, spec: FaultSpec, forMs: number | null, needs: InjectedNeeds) {
		this.ordinal = ordinal;
		this.id = `f${ordinal}`;
		this.spec = { ...spec, target: needs.node.name, forMs: forMs ?? RENEWED_MS };
		this.forMs = forMs;
		this.needs = needs;
		this.over = new Promise((resolve) => {
			this.end = resolve;
		});
	}

	get node(): string {
		return this.needs.node.name;
	}

	/** It is on, or may be: no other fault may come to its node. */
	get present(): boolean {
		return this.state !== 'healed';
	}

	get stuck(): boolean {
		return this.state === 'unhealed';
	}

	handle(): FaultHandle {
		const remaining = this.endsAt === null || !this.wanted ? null : Math.max(0, this.endsAt - this.needs.clock.now());
		return {
			id: this.id,
			kind: this.spec.kind,
			node: this.node,
			state: this.state,
			forMs: this.forMs,
			remainingMs: remaining === null ? null : Math.round(remaining),
			evidence: this.evidence,
			healed: this.healedBy,
			detail: this.detail,
		};
	}

	/** The undo is on disk when it resolves; nothing has happened yet. Rejected, it is over. */
	async arm(): Promise<void> {
		const { record, changed, ...context } = this.needs;
		this.injection = armInjection(this.spec, {
			...context,
			experiment: 0,
			fault: this.ordinal,
			record: (event) => {
				record(event);
				if (event.kind === 'fault') this.hear(event);
			},
			onProgress: () => {},
		});
		try {
			await this.injection;
		} catch (error) {
			this.become('healed');
			throw error;
		}
	}

	/** Never armed after all, since another one of the same request could not be. */
	async disarm(): Promise<void> {
		if (this.state === 'arming') await this.heal();
	}

	/** Resolves when it was seen, or was not within its time. */
	async fire(): Promise<void> {
		const { clock } = this.needs;
		const injection = await this.injection;
		if (!injection || !this.wanted) return;
		this.become('waiting');
		this.firedMs = clock.now();
		this.renew(injection);
		const waits = this.spec.kind === 'crash';
		const withinMs = waits ? (this.forMs ?? MONTH_MS) : Math.min(Math.max(this.forMs ?? SEEN_WITHIN_MS, 2000), SEEN_WITHIN_MS);
		let from: number;
		try {
			from = await injection.fire({ withinMs, wanted: () => this.wanted });
		} catch (error) {
			// What could not be done has nothing to last.
			await this.heal().catch(() => {});
			throw error;
		}
		// Healed before it was seen: whoever asked for it is told how that went.
		if (!this.wanted) await this.healing?.catch(() => {});
		if (this.forMs === null || !this.wanted) return;
		this.endsAt = from + this.forMs;
		this.cancelEnd = clock.at(this.endsAt, () => void this.heal().catch(() => {}));
	}

	/** Idempotent while it goes on; may be tried again after it has failed. */
	heal(): Promise<void> {
		if (this.state === 'healed') return Promise.resolve();
		this.healing ??= this.carryOut().finally(() => {
			this.healing = null;
		});
		return this.healing;
	}

	/** Its node was started anew: whatever was on is gone with the old processes. */
	replaced(): void {
		this.leave();
		this.detail = 'its node was started again';
		this.become('healed');
	}

	/** The session has ended, and with it whatever was on; or that could not be verified. */
	ended(verified: boolean): void {
		this.leave();
		this.detail = verified ? 'the session has ended' : 'the session has ended, and could not heal it';
		this.become(verified ? 'healed' : 'unhealed');
		this.end();
	}

	private async carryOut(): Promise<void> {
		this.leave();
		const untouched = this.state === 'arming';
		const injection = await this.injection?.catch(() => null);
		if (!injection) return this.become('healed');
		this.healingMs = this.needs.clock.now();
		if (!untouched) this.become('healing');
		try {
			await injection.heal();
			this.become('healed');
		} catch (error) {
			this.detail = (error as Error).message;
			this.become('unhealed');
			throw error;
		}
	}

	private leave(): void {
		this.wanted = false;
		this.cancelEnd();
		this.cancelRenewal();
	}

	private renew(injection: Injection): void {
		if (this.forMs !== null) return;
		const { clock } = this.needs;
		const again = (): void => {
			injection.renew(RENEWED_MS);
			this.cancelRenewal = clock.at(clock.now() + RENEW_EVERY_MS, again);
		};
		this.cancelRenewal = clock.at(clock.now() + RENEW_EVERY_MS, again);
	}

	private hear(event: FaultEvent): void {
		const seen = (since: number) => ({
			by: event.by ?? '',
			detail: event.detail ?? '',
			afterMs: Number(Math.max(0, (event.seenMs ?? event.t) - since).toFixed(1)),
		});
		if (event.step === 'healed') this.healedBy = seen(this.healingMs);
		if (!this.wanted) return;
		if (event.step === 'effective') {
			this.evidence = seen(Math.max(this.firedMs, event.t));
			this.become('effective');
		} else if (event.step === 'failed') {
			this.detail = event.detail ?? null;
			this.become('unseen');
		}
	}

	private become(state: FaultState): void {
		this.state = state;
		if (state === 'healed') this.end();
		this.needs.changed(this.handle());
	}
}
