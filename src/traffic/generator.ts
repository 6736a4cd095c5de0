import type { Cancel, Clock } from '../model/clock.js';
import type { Destination } from '../model/endpoint.js';
import type { Event, RequestEvent } from '../model/event.js';
import type { MixEntry, TrafficSpec } from '../model/plan.js';
import { rng } from '../model/rng.js';
import { grpcCodeName } from '../wire/grpc.js';
import { stamp } from '../workload/correlate.js';
import { type Heard, isGood } from '../workload/good-answer.js';
import { mixer } from '../workload/mix.js';
import { type OkTest, okTest } from '../workload/ok-predicate.js';
import { type Pacer, pacer } from '../workload/pacer.js';
import { reveal } from '../workload/secrets.js';
import { statusIsOk } from '../workload/status-predicate.js';
import type { CallResult, Driver } from './client-driver.js';
import { grpcCallOf } from './grpc-call.js';
import { isOwnLimit } from './reason.js';
import type { HttpRequest, Sender, Sending } from './send.js';
import { timeLimit } from './time-limit.js';

/** Above this many in flight the generator would be the thing under test; a request that is due then is counted as refused. */
export const MAX_IN_FLIGHT = 20_000;
/** Sends in one turn of the event loop while catching up; answers are read between turns. */
const SENDS_PER_TURN = 64;

export interface Counts {
	sent: number;
	ok: number;
	failed: number;
	inFlight: number;
	lastError: string | null;
}

export interface GeneratorNeeds {
	seed: number;
	traffic: TrafficSpec;
	/** Where requests go: one address, or the built-in client. */
	via: { kind: 'target'; target: Destination; sender: Sender } | { kind: 'client'; driver: Driver };
	clock: Clock;
	firstId: number;
	record(event: Event): void;
	maxInFlight?: number;
	/** Where `${NAME}` in headers and bodies is looked up; nothing of it is ever recorded. */
	env?: Readonly<Record<string, string | undefined>>;
}

/** A mix entry, ready to be sent. */
interface Ready {
	/** With its variables filled in. */
	entry: MixEntry;
	ok: OkTest;
}

interface Flying {
	event: Omit<RequestEvent, 'endMs' | 'outcome'>;
	entry: MixEntry;
	ok: OkTest;
	cancel: Cancel;
	timer: Cancel;
}

/**
 * Open-loop traffic: each request starts at its intended time whatever became of the others. A late timer catches up at
 * once and keeps the intended times, so that a stall of ours shows as latency and lag, never as missing load.
 *
 * The user's timeout runs from the real send, as a user's would; latency counts from the intended time. So a request of
 * a late generator may last longer than `timeoutMs`, and the lag events of the same moment say why.
 */
export class Generator {
	private readonly needs: GeneratorNeeds;
	private readonly flying = new Map<string, Flying>();
	private nextId: number;
	private counts: Counts = { sent: 0, ok: 0, failed: 0, inFlight: 0, lastError: null };
	private refused = 0;
	private experiment = 0;
	private startMs = 0;
	private ordinal = 0;
	private dueAt: Pacer = () => 0;
	private choose: (n: number) => number = () => 0;
	private clientOf: (n: number) => number | undefined = () => undefined;
	private readonly ready: readonly Ready[];
	private wake: Cancel = () => {};
	private running = false;
	/** How many were due when sending stopped; null while sending, and once it has been recorded. */
	private intended: number | null = null;
	private landed: (() => void) | null = null;

	constructor(needs: GeneratorNeeds) {
		this.needs = needs;
		this.nextId = needs.firstId;
		this.ready = needs.traffic.mix.map((entry) => readyOf(entry, needs.env ?? {}));
	}

	/** Traffic of one experiment from `atMs` on. Times and choices depend on the seed, `draws` (the experiment, or the one that it is compared with) and the ordinal only. */
	start(experiment: number, atMs: number, draws = experiment): void {
		if (this.running) throw new Error('the generator is already running');
		const { seed, traffic } = this.needs;
		const random = rng(seed).fork(`traffic ${draws}`);
		this.dueAt = pacer(traffic, random);
		this.choose = mixer(traffic.mix, random);
		const { clients } = traffic;
		this.clientOf = clients === undefined ? () => undefined : (n) => Math.floor(random.fork(`client ${n}`).next() * clients);
		this.counts = { sent: 0, ok: 0, failed: 0, inFlight: 0, lastError: null };
		this.refused = 0;
		this.ordinal = 0;
		this.experiment = experiment;
		this.startMs = atMs;
		this.running = true;
		this.pump();
	}

	/** Sends nothing more, waits until every request in flight has ended (at the latest by its own timeout), and records what was offered. */
	async stop(): Promise<{ sent: number; ok: number; failed: number; nextId: number }> {
		// What came due since the last turn is still sent; only a backlog of our own stays behind.
		this.pump();
		this.halt();
		if (this.flying.size > 0) {
			await new Promise<void>((resolve) => {
				this.landed = resolve;
			});
		}
		this.recordOffered();
		const { sent, ok, failed } = this.counts;
		return { sent, ok, failed, nextId: this.nextId };
	}

	/** Ends at once: whatever is in flight is recorded as unfinished. For a generator that is told to die. */
	abort(): void {
		this.halt();
		for (const [id, flying] of [...this.flying]) {
			flying.cancel();
			this.land(id, { outcome: 'unfinished' });
		}
		this.recordOffered();
	}

	progress(): Counts {
		return { ...this.counts, inFlight: this.flying.size };
	}

	private halt(): void {
		if (!this.running) return;
		this.wake();
		this.running = false;
		const now = this.needs.clock.now();
		// What was due and not sent by now stays unsent: it is intended, and neither sent nor refused.
		this.intended = this.ordinal;
		while (this.due(this.intended) <= now) this.intended += 1;
	}

	private recordOffered(): void {
		if (this.intended === null) return;
		const { intended, experiment, refused, counts } = this;
		this.needs.record({ kind: 'offered', t: this.needs.clock.now(), experiment, intended, sent: counts.sent, refused });
		this.intended = null;
	}

	private due(n: number): number {
		return this.startMs + this.dueAt(n);
	}

	private pump(): void {
		if (!this.running) return;
		const { clock } = this.needs;
		for (let turn = 0; this.due(this.ordinal) <= clock.now(); turn++) {
			if (turn === SENDS_PER_TURN) {
				const immediate = setImmediate(() => this.pump());
				this.wake = () => clearImmediate(immediate);
				return;
			}
			this.launch(this.ordinal++);
		}
		this.wake = clock.at(this.due(this.ordinal), () => this.pump());
	}

	private launch(ordinal: number): void {
		const { clock, traffic, seed, maxInFlight = MAX_IN_FLIGHT } = this.needs;
		if (this.flying.size >= maxInFlight) {
			this.refused += 1;
			return;
		}
		const mix = this.choose(ordinal);
		const entry = traffic.mix[mix]!;
		const id = `r${this.nextId++}`;
		const { method, path, idempotent } = entry;
		const { entry: filled, ok } = this.ready[mix]!;
		const client = this.clientOf(ordinal);
		const { needs } = ok;
		const bare: HttpRequest = {
			method,
			path,
			body: filled.body,
			headers: { ...filled.headers, 'x-daruma-id': id },
			...(client !== undefined && { client }),
			...((needs.headers || needs.body) && { needs }),
			...grpcCallOf(filled, traffic.timeoutMs),
		};
		const request = stamp(bare, id, traffic.correlate, seed);
		const sentMs = clock.now();
		this.counts.sent += 1;
		const cancel = this.send(id, entry, request);
		const timer = timeLimit(clock, sentMs + traffic.timeoutMs, () => {
			cancel();
			this.land(id, { outcome: 'failed', error: 'timeout' });
		});
		const event = { kind: 'request', t: this.due(ordinal), sentMs, id, method, path, mix, idempotent } as const;
		this.flying.set(id, { event, entry, ok, cancel, timer });
	}

	private send(id: string, entry: MixEntry, request: HttpRequest): Cancel {
		const { via } = this.needs;
		const ended = (result: CallResult): void => this.ended(id, result);
		if (via.kind === 'client') {
			// A client knows statuses and nothing of what a body should hold: what it does about an answer goes by the status.
			const ok = (status: number): boolean => statusIsOk(entry.ok, status);
			const key = request.client === undefined ? {} : { key: `client ${request.client}` };
			const rpc = entry.grpc && { repeatable: entry.idempotent, good: (heard: Heard) => isGood(entry, heard) };
			return via.driver.call({ id, method: entry.method, ok, request, ...key, ...rpc }, ended);
		}
		const sending: Sending = via.sender.send(via.target, request, ended);
		return () => void sending.abandon();
	}

	private ended(id: string, result: CallResult): void {
		const flying = this.flying.get(id);
		if (!flying) return;
		if (result.kind === 'answered') {
			const { kind: _, answer = { headers: null, body: null }, ...heard } = result;
			const { status = 0 } = heard;
			const good = flying.entry.grpc ? isGood(flying.entry, heard) : flying.ok({ ...answer, status });
			this.land(id, { outcome: good ? 'ok' : 'failed', ...heard });
			return;
		}
		if (isOwnLimit(result.error)) {
			this.refused += 1;
			if (result.unsent) {
				this.forget(id, flying);
				return;
			}
		}
		this.land(id, { outcome: 'failed', error: result.error });
	}

	/** Out of descriptors or local ports before anything was written: the user never came, so the cluster is not blamed for it. */
	private forget(id: string, flying: Flying): void {
		this.flying.delete(id);
		flying.timer();
		this.counts.sent -= 1;
		if (this.flying.size === 0) this.landed?.();
	}

	private land(id: string, end: Pick<RequestEvent, 'outcome' | 'status' | 'grpcStatus' | 'error'>): void {
		const flying = this.flying.get(id);
		if (!flying) return;
		this.flying.delete(id);
		flying.timer();
		this.needs.record({ ...flying.event, endMs: this.needs.clock.now(), ...end });
		if (end.outcome === 'ok') this.counts.ok += 1;
		if (end.outcome === 'failed') {
			this.counts.failed += 1;
			this.counts.lastError = end.error ?? (end.grpcStatus ? grpcCodeName(end.grpcStatus) : String(end.status));
		}
		if (this.flying.size === 0) this.landed?.();
	}
}

const readyOf = (entry: MixEntry, env: Readonly<Record<string, string | undefined>>): Ready => ({
	entry: {
		...entry,
		headers: Object.fromEntries(Object.entries(entry.headers).map(([name, value]) => [name, reveal(value, env)])),
		body: entry.body === null ? null : reveal(entry.body, env),
	},
	ok: okTest(entry.ok),
});
