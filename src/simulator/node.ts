import type { Event } from '../model/event.js';
import type { TapFault } from '../model/fault.js';
import type { Rng } from '../model/rng.js';
import type { VirtualClock } from './clock.js';
import type { Truth } from './truth.js';

/** One request on its way to a node, and how its sender hears what became of it. */
export interface Exchange {
	id: string;
	method: string;
	path: string;
	/** The sender has closed its connection; the node may still work on what it has read. */
	readonly gone: boolean;
	reply(status: number): void;
	reset(): void;
	refuse(): void;
}

export interface NodeNeeds {
	name: string;
	clock: VirtualClock;
	rng: Rng;
	truth: Truth;
	record(event: Event): void;
	/** Draws the service time of a request, ms. */
	serviceMs(chance: Rng): number;
	/** Requests served at once; the others queue first in, first out. */
	servers: number;
}

/** As the kernel's accept queue of our replicas: what comes on top of it hangs. */
const BACKLOG = 511;

interface Job {
	exchange: Exchange;
	conn: number;
	delayMs: number;
}

/** A node as its peers meet it: a tap, and behind it a replica with its ledger. Faults do what docs/architecture.md says of the live ones. */
export class SimulatedNode {
	readonly name: string;
	life = 0;
	state: 'up' | 'frozen' | 'leaving' | 'down' = 'down';
	private readonly needs: NodeNeeds;
	private tapFault: TapFault | null = null;
	private onCrash: (() => void) | null = null;
	private conns = 0;
	private served = 0;
	/** Accepted by the kernel while frozen, unread. */
	private backlog: Exchange[] = [];
	/** Whose timer fired while frozen. */
	private overdue: Job[] = [];
	private queue: Job[] = [];
	private readonly working = new Set<Job>();
	/** Read by the tap and still open: they are reset when the group dies. */
	private readonly open = new Set<Exchange>();

	constructor(needs: NodeNeeds) {
		this.needs = needs;
		this.name = needs.name;
	}

	get idle(): boolean {
		return this.state === 'down' || this.working.size + this.queue.length + this.backlog.length === 0;
	}

	start(): void {
		this.life += 1;
		this.conns = 0;
		this.state = 'up';
		for (const step of ['started', 'ready'] as const) {
			this.needs.record({ kind: 'node', t: this.needs.clock.now(), node: this.name, life: this.life, step });
		}
	}

	arrive(exchange: Exchange): void {
		if (this.state === 'up') this.read(exchange);
		else if (this.state !== 'frozen') exchange.refuse();
		else if (this.backlog.length < BACKLOG) this.backlog.push(exchange);
	}

	kill(detail = 'SIGKILL'): void {
		if (this.state === 'down') return;
		this.state = 'down';
		this.tapFault = null;
		const victims = [...this.open, ...this.backlog];
		this.open.clear();
		this.working.clear();
		this.queue = [];
		this.backlog = [];
		this.overdue = [];
		this.needs.record({ kind: 'node', t: this.needs.clock.now(), node: this.name, life: this.life, step: 'exited', detail });
		for (const victim of victims) victim.reset();
	}

	/** Stops listening, finishes what it has begun, ends. */
	terminate(): void {
		if (this.state !== 'up') return;
		this.state = 'leaving';
		this.leaveIfDone();
	}

	freeze(): void {
		if (this.state === 'up') this.state = 'frozen';
	}

	/** What was overdue ends now; what waited unread is read now, also for senders that have gone. */
	thaw(): void {
		if (this.state !== 'frozen') return;
		this.state = 'up';
		const { overdue, backlog } = this;
		this.overdue = [];
		this.backlog = [];
		for (const job of overdue) this.finish(job);
		for (const exchange of backlog) this.read(exchange);
	}

	/** `onCrash` hears when a request has tripped a crash. */
	setTapFault(fault: TapFault | null, onCrash: (() => void) | null = null): void {
		this.tapFault = fault;
		this.onCrash = onCrash;
	}

	private read(exchange: Exchange): void {
		const { clock, record, truth } = this.needs;
		const conn = ++this.conns;
		const { id, method, path } = exchange;
		record({ kind: 'receipt', t: clock.now(), id, node: this.name, method, path, conn, life: this.life });
		truth.see('reached', id, this.name, clock.now());
		this.open.add(exchange);
		const fault = this.meets(exchange, conn) ? this.tapFault : null;
		switch (fault?.kind) {
			case 'blackhole':
				return;
			case 'drop':
				if (fault.unit === 'connection') this.cut(exchange);
				return;
			case 'reset':
				this.cut(exchange);
				return;
			case 'error':
				this.answer({ exchange, conn, delayMs: 0 }, fault.status, true);
				return;
			case 'crash':
				this.work({ exchange, conn, delayMs: 0 });
				this.onCrash?.();
				this.kill('crash');
				return;
			default: {
				const jitter = fault ? (this.chance('jitter', conn).next() * 2 - 1) * fault.jitterMs : 0;
				this.work({ exchange, conn, delayMs: fault ? Math.max(0, fault.latencyMs + jitter) : 0 });
			}
		}
	}

	private meets(exchange: Exchange, conn: number): boolean {
		const fault = this.tapFault;
		if (!fault || (fault.methods.length > 0 && !fault.methods.includes(exchange.method))) return false;
		return fault.share >= 1 || this.chance('share', conn).next() < fault.share;
	}

	private chance(what: string, ordinal: number): Rng {
		return this.needs.rng.fork(`${what} ${this.life} ${ordinal}`);
	}

	private cut(exchange: Exchange): void {
		this.open.delete(exchange);
		exchange.reset();
	}

	private work(job: Job): void {
		const { clock, record, truth, servers } = this.needs;
		const { id, method } = job.exchange;
		record({ kind: 'received', t: clock.now(), id, node: this.name, method });
		truth.see('received', id, this.name, clock.now());
		if (this.working.size >= servers) this.queue.push(job);
		else this.begin(job);
	}

	private begin(job: Job): void {
		const { clock, serviceMs } = this.needs;
		this.working.add(job);
		this.served += 1;
		clock.at(clock.now() + serviceMs(this.chance('service', this.served)), () => {
			if (!this.working.has(job)) return;
			if (this.state === 'frozen') this.overdue.push(job);
			else this.finish(job);
		});
	}

	private finish(job: Job): void {
		const { clock, record, truth } = this.needs;
		const { id, method } = job.exchange;
		this.working.delete(job);
		record({ kind: 'executed', t: clock.now(), id, node: this.name, method });
		truth.see('executed', id, this.name, clock.now());
		const life = this.life;
		const send = (): void => {
			// A delayed answer is held by the tap: it dies with it, and waits while it is frozen.
			if (this.life !== life || this.state === 'down') return;
			if (this.state === 'frozen') clock.at(clock.now() + 1, send);
			else this.answer(job, 200, false);
		};
		if (job.delayMs > 0) clock.at(clock.now() + job.delayMs, send);
		else send();
		const next = this.queue.shift();
		if (next) this.begin(next);
		this.leaveIfDone();
	}

	private answer({ exchange, conn }: Job, status: number, injected: boolean): void {
		this.open.delete(exchange);
		if (exchange.gone) return;
		const { clock, record } = this.needs;
		record({ kind: 'response', t: clock.now(), id: exchange.id, node: this.name, status, conn, life: this.life, ...(injected ? { injected } : {}) });
		exchange.reply(status);
	}

	private leaveIfDone(): void {
		if (this.state === 'leaving' && this.working.size + this.queue.length === 0) this.kill('SIGTERM');
	}
}
