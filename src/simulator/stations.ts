import type { LoadReport } from '../policies/policy.js';
import type { Arrivals } from './arrivals.js';
import { Reporter } from './reporter.js';
import type { Disturbance, Scene } from './scene.js';
import { serviceAt } from './service.js';

/** What a station asks of the loop that owns it. */
export interface StationHost {
	/** Calls `finish` of this request's station at that time. */
	finishAt(ms: number, request: number): void;
	/** Calls `arrive` again at that time. */
	arriveAt(ms: number, request: number): void;
	answered(request: number, now: number): void;
	failed(request: number, now: number): void;
}

const NONE = -1;

/** The nodes of one run: servers, queues and mishaps in typed arrays by node and by request. Faults do what {@link ./node.js} does, without its ledger. */
export class Stations {
	private readonly scene: Scene;
	private readonly arrivals: Arrivals;
	private readonly host: StationHost;
	private readonly draws: ((u: number) => number)[];
	private readonly mishaps: Disturbance[][];
	private readonly reporters: Reporter[] | null;
	private readonly down: Uint8Array;
	private readonly life: Int32Array;
	private readonly busy: Int32Array;
	private readonly inFlight: Int32Array;
	private readonly head: Int32Array;
	private readonly tail: Int32Array;
	/** By request: the next in its queue, the life of the node it was begun in, what it met, when it came; NONE in `metBy`: not there. */
	private readonly next: Int32Array;
	private readonly begunIn: Int32Array;
	private readonly metBy: Int32Array;
	private readonly cameMs: Float64Array;

	constructor(scene: Scene, arrivals: Arrivals, host: StationHost, reports: boolean) {
		this.scene = scene;
		this.arrivals = arrivals;
		this.host = host;
		const n = scene.nodes.length;
		this.draws = scene.nodes.map(({ service }) => serviceAt(service));
		this.mishaps = scene.nodes.map(({ name }) => scene.disturbances.filter((d) => d.node === name));
		this.reporters = reports ? scene.nodes.map(() => new Reporter(scene.servers)) : null;
		this.down = new Uint8Array(n);
		this.life = new Int32Array(n);
		this.busy = new Int32Array(n);
		this.inFlight = new Int32Array(n);
		this.head = new Int32Array(n).fill(NONE);
		this.tail = new Int32Array(n).fill(NONE);
		this.next = new Int32Array(arrivals.count);
		this.begunIn = new Int32Array(arrivals.count).fill(NONE);
		this.metBy = new Int32Array(arrivals.count).fill(NONE);
		this.cameMs = new Float64Array(reports ? arrivals.count : 0);
	}

	arrive(node: number, request: number, now: number): void {
		if (this.down[node]) {
			this.host.failed(request, now);
			return;
		}
		const thaw = this.thawsAt(node, now);
		if (thaw > now) {
			this.host.arriveAt(thaw, request);
			return;
		}
		this.metBy[request] = this.inFlight[node] as number;
		this.inFlight[node]! += 1;
		if (this.reporters) this.cameMs[request] = now;
		if ((this.busy[node] as number) < this.scene.servers) {
			this.begin(node, request, now);
			return;
		}
		this.next[request] = NONE;
		const tail = this.tail[node] as number;
		if (tail === NONE) this.head[node] = request;
		else this.next[tail] = request;
		this.tail[node] = request;
	}

	finish(node: number, request: number, now: number): void {
		if (this.begunIn[request] !== this.life[node]) return;
		const thaw = this.thawsAt(node, now);
		if (thaw > now) {
			this.host.finishAt(thaw, request);
			return;
		}
		this.busy[node]! -= 1;
		this.inFlight[node]! -= 1;
		const ok = (this.arrivals.fate[request] as number) >= (this.scene.nodes[node]?.failing ?? 0);
		const reporter = this.reporters?.[node];
		reporter?.answer(ok, this.metBy[request] as number, now - (this.cameMs[request] as number), now);
		reporter?.serves(this.busy[node] as number, now);
		this.metBy[request] = NONE;
		if (ok) this.host.answered(request, now);
		else this.host.failed(request, now);
		const first = this.head[node] as number;
		if (first === NONE) return;
		this.head[node] = this.next[first] as number;
		if (this.head[node] === NONE) this.tail[node] = NONE;
		this.begin(node, first, now);
	}

	/** Dies: what it holds fails. `held` are the requests that may be there. */
	die(node: number, held: Iterable<number>, now: number): void {
		this.down[node] = 1;
		this.life[node]! += 1;
		this.busy[node] = 0;
		this.inFlight[node] = 0;
		this.head[node] = NONE;
		this.tail[node] = NONE;
		this.reporters?.[node]?.reset(now);
		for (const request of held) {
			if (this.metBy[request] === NONE) continue;
			this.metBy[request] = NONE;
			this.host.failed(request, now);
		}
	}

	rise(node: number): void {
		this.down[node] = 0;
	}

	/** What it would answer to a question about its load; null: nothing, as it is dead or frozen. */
	report(node: number, now: number, latency: boolean): LoadReport | null {
		if (!this.reporters || this.down[node] || this.thawsAt(node, now) > now) return null;
		return (this.reporters[node] as Reporter).report(this.inFlight[node] as number, now, latency);
	}

	private begin(node: number, request: number, now: number): void {
		this.busy[node]! += 1;
		this.begunIn[request] = this.life[node] as number;
		this.reporters?.[node]?.serves(this.busy[node] as number, now);
		this.host.finishAt(now + this.serviceMs(node, request, now), request);
	}

	private serviceMs(node: number, request: number, now: number): number {
		for (const mishap of this.mishaps[node] as Disturbance[]) {
			if (mishap.kind === 'slow' && now >= mishap.fromMs && now < mishap.toMs) return mishap.serviceMs;
		}
		return (this.draws[node] as (u: number) => number)(this.arrivals.work[request] as number);
	}

	/** When a node that is frozen now goes on; else `now`. */
	private thawsAt(node: number, now: number): number {
		let at = now;
		for (const mishap of this.mishaps[node] as Disturbance[]) {
			if (mishap.kind === 'frozen' && at >= mishap.fromMs && at < mishap.toMs) at = mishap.toMs;
		}
		return at;
	}
}
