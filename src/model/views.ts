/** As detectors say it. */
export const VIEW_STATES = ['unknown', 'up', 'warning', 'suspect', 'down'] as const;
export type ViewState = (typeof VIEW_STATES)[number];

/** What one vantage point thinks of one endpoint. All times are durations: no two machines need share a clock. */
export interface View {
	/** The name under which every vantage point knows it. */
	endpoint: string;
	state: ViewState;
	/** For how long it has been in this state. */
	sinceMs: number;
	/** Of the latest good answer; null: there was none. */
	latencyMs: number | null;
	/** How long ago it was last heard of, or found silent. */
	heardMs?: number;
	/** `host:port` where it is asked. */
	address?: string;
	/** In a few words. */
	why?: string;
}

/** What looking has cost this vantage point so far: counted, not computed. Bytes are those of questions and answers, without TCP and IP. */
export interface ViewCost {
	requests: number;
	bytesSent: number;
	bytesReceived: number;
	/** Since when it counts. */
	forMs: number;
}

/** What a vantage point publishes: a built-in replica at `/.daruma/views`. Of a watch's `/status` the same is read. */
export interface Views {
	vantage: string;
	/** The endpoint that publishes this itself: whoever collects it has thereby heard that endpoint. Absent: somebody beside. */
	self?: string;
	views: View[];
	cost?: ViewCost;
}

/** Where built-in replicas of a mesh publish, and where they are asked for a sign of life. */
export const VIEWS_PATH = '/.daruma/views';
export const ALIVE_PATH = '/.daruma/alive';

const MOST_VIEWS = 10_000;
const MOST_TEXT = 500;

type Fields = Record<string, unknown>;
const isFields = (data: unknown): data is Fields => typeof data === 'object' && data !== null && !Array.isArray(data);
const isText = (data: unknown): data is string => typeof data === 'string' && data.length > 0 && data.length <= MOST_TEXT;
const isAmount = (data: unknown): data is number => typeof data === 'number' && Number.isFinite(data) && data >= 0;

const viewOf = (data: unknown): View | string => {
	if (!isFields(data)) return 'a view that is no object';
	const { endpoint, state, sinceMs, latencyMs = null, heardMs, address, why } = data;
	if (!isText(endpoint)) return 'a view without the name of its endpoint';
	if (!VIEW_STATES.includes(state as ViewState)) return `a view of ${endpoint} without a state (${VIEW_STATES.join(', ')})`;
	if (!isAmount(sinceMs)) return `a view of ${endpoint} without sinceMs`;
	if (latencyMs !== null && !isAmount(latencyMs)) return `a view of ${endpoint} whose latencyMs is no number`;
	return {
		endpoint,
		state: state as ViewState,
		sinceMs,
		latencyMs,
		...(isAmount(heardMs) && { heardMs }),
		...(isText(address) && { address }),
		...(isText(why) && { why }),
	};
};

/** What a watch says of its endpoints, in the words of a view. It names no vantage point, and tells rates in place of counters. */
const ofWatch = ({ endpoints }: Fields, vantage: string): Fields => ({
	vantage,
	views: Array.isArray(endpoints)
		? endpoints.map((each) =>
				isFields(each) ? { endpoint: each.endpoint, state: each.state, sinceMs: each.forMs ?? 0, latencyMs: each.lastMs, why: each.why } : each,
			)
		: endpoints,
});

/**
 * A foreign document → views; or in a few words what it lacks. What is not known here is left out. A watch's status
 * (`daruma.watch.status/1`) is one, too: its vantage point is called `unnamed`.
 */
export const readViews = (document: unknown, unnamed = 'watch'): Views | { wrong: string } => {
	if (!isFields(document)) return { wrong: 'no JSON object' };
	const data = document.schema === 'daruma.watch.status/1' ? ofWatch(document, unnamed) : document;
	const { vantage, self, views, cost } = data;
	if (!isText(vantage)) return { wrong: 'no "vantage" with a name' };
	if (!Array.isArray(views)) return { wrong: 'no list of "views"' };
	if (views.length > MOST_VIEWS) return { wrong: `${views.length} views: ${MOST_VIEWS} are the most` };
	const read = new Map<string, View>();
	for (const each of views) {
		const view = viewOf(each);
		if (typeof view === 'string') return { wrong: view };
		read.set(view.endpoint, view);
	}
	const counted = isFields(cost) && [cost.requests, cost.bytesSent, cost.bytesReceived, cost.forMs].every(isAmount);
	return { vantage, ...(isText(self) && { self }), views: [...read.values()], ...(counted && { cost: cost as unknown as ViewCost }) };
};

interface Seen {
	state: ViewState;
	since: number;
	heard: number;
	latencyMs: number | null;
	why: string;
	address: string | undefined;
}

/** Keeps what one vantage point sees, for publishing. Pure: times are arguments, in ms on any one clock. */
export class Vantage {
	readonly name: string;
	private readonly self: string | undefined;
	private readonly seen = new Map<string, Seen>();
	private readonly spent = { requests: 0, bytesSent: 0, bytesReceived: 0 };
	private readonly startMs: number;

	constructor(name: string, now: number, self?: string) {
		this.name = name;
		this.startMs = now;
		this.self = self;
	}

	/** An endpoint that is looked at from now on; until it is heard of, it is `unknown`. */
	add(endpoint: string, now: number, address?: string): void {
		if (!this.seen.has(endpoint)) this.seen.set(endpoint, { state: 'unknown', since: now, heard: now, latencyMs: null, why: 'nothing heard yet', address });
	}

	remove(endpoint: string): void {
		this.seen.delete(endpoint);
	}

	/** What is thought of it now, with the latency of a good answer. */
	saw(endpoint: string, now: number, { state, why }: { state: ViewState; why: string }, latencyMs?: number): void {
		this.add(endpoint, now);
		const seen = this.seen.get(endpoint) as Seen;
		if (seen.state !== state) seen.since = now;
		seen.state = state;
		seen.why = why;
		seen.heard = now;
		if (latencyMs !== undefined) seen.latencyMs = latencyMs;
	}

	/** A question went out and came to an end. */
	paid(bytes: { sent: number; received: number }): void {
		this.spent.requests++;
		this.spent.bytesSent += bytes.sent;
		this.spent.bytesReceived += bytes.received;
	}

	views(now: number): Views {
		const views = [...this.seen].map(
			([endpoint, { state, since, heard, latencyMs, why, address }]): View => ({
				endpoint,
				state,
				sinceMs: round(now - since),
				latencyMs: latencyMs === null ? null : round(latencyMs),
				heardMs: round(now - heard),
				...(address !== undefined && { address }),
				why: why.slice(0, MOST_TEXT),
			}),
		);
		return { vantage: this.name, ...(this.self !== undefined && { self: this.self }), views, cost: { ...this.spent, forMs: round(now - this.startMs) } };
	}
}

const round = (ms: number): number => Number(Math.max(0, ms).toFixed(3));
