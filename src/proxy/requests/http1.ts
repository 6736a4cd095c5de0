import { STATUS_CODES } from 'node:http';
import { Http1Parser } from '../../wire/http1.js';
import { CONTINUE } from '../answer.js';
import type { Due, DueEntry } from '../due-heap.js';
import type { Conversation, Converse, Ends } from './conversation.js';
import { type Exchange, endsHere, unheard } from './exchange.js';
import { changedHead, factsOf, unchunked, writtenAnswer } from './head.js';
import { headerOf, type RequestFacts, type RequestPlan, RPC_BODY, rpcMethodsOf, UNTOUCHED } from './plan.js';

/** Requests in flight on one connection: whoever pipelines more waits. */
const PIPELINE = 1024;
/** Held behind a request that waits before the client must wait, too: its FIN is only heard while it is read. */
const WINDOW = 65_536;
const NOTHING = new Uint8Array(0);

/** A Buffer's own `slice` would be a view. */
const copied = (view: Uint8Array): Uint8Array => Buffer.from(view);
const joined = (pieces: readonly Uint8Array[]): Uint8Array => (pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces));

/**
 * HTTP/1.1: two parsers follow beside the bytes, which pass as they came unless a plan says otherwise. Only heads are
 * held until they are whole (and bodies up to 64 KiB, where a toxic asks what is called). What cannot be followed
 * beyond doubt is passed on as raw bytes for good.
 */
export class Http1Conversation implements Conversation, Due {
	private readonly ends: Ends;
	private readonly requests = new Http1Parser();
	private readonly responses = new Http1Parser([], () => this.open[0]?.method ?? '');
	/** Requests whose answer has not passed yet, oldest first. */
	private readonly open: Exchange[] = [];
	/** The request whose head was read, and whose end was not. */
	private current: Exchange | null = null;
	/** A head that is not whole, or all of a request that is not decided, or that waits. Copies. */
	private held: Uint8Array[] = [];
	private heldLength = 0;
	/** Of what is held, when a head is whole. */
	private headLength = 0;
	private facts: RequestFacts | null = null;
	/** A response's head that is not whole and may be changed. Copies. */
	private heldResponse: Uint8Array[] = [];
	/** The final head of the oldest response has passed. */
	private inBody = false;
	/** What the client said behind a request that waits. Copies. */
	private waiting: Uint8Array[] = [];
	private waitingLength = 0;
	private delayed: DueEntry | null = null;
	/** The client takes no more answers, or has sent too many requests. */
	private stalled = false;
	/** Passed on unread: requests, responses. */
	private rawUp = false;
	private rawDown = false;
	/** Nothing more that the client says is passed on. */
	private deaf = false;
	private madeUp = false;
	/** Something was passed on to the upstream of now. */
	private used = false;
	private fin = false;
	private over = false;

	constructor(ends: Ends, early: Uint8Array) {
		this.ends = ends;
		if (early.length > 0) this.goRaw('the upstream spoke first');
	}

	get excess(): number {
		return this.over ? 0 : Math.max(0, this.waitingLength - WINDOW);
	}

	fromClient(view: Uint8Array): void {
		if (this.over || this.deaf) return;
		if (this.blocked) this.wait(copied(view), 'last');
		else if (this.rawUp) this.pass(view);
		else this.readRequests(view, false);
	}

	fromUpstream(view: Uint8Array): void {
		if (this.over) return;
		if (this.rawDown) this.ends.toClient(view);
		else this.readResponses(view);
		if (this.stalled) this.unblock();
	}

	clientEnded(): void {
		this.fin = true;
		if (!this.blocked) this.passFin();
	}

	upstreamEnded(): void {
		if (this.over || (this.open[0] && unheard(this.open[0]))) return;
		const how = this.rawDown ? 'none' : this.responses.finish();
		this.passHeldResponse();
		if (how === 'end') this.open.shift();
		const owes = how !== 'none' || this.rawDown || this.rawUp || this.fin || this.open.some(({ passed, plan }) => passed || plan === null);
		// The client need not know of one that is not needed: the next request finds another.
		if (!owes && (this.open.length > 0 || (this.madeUp && !this.used))) this.forgetUpstream();
		else this.ends.endClient();
	}

	resumed(): void {
		if (this.stalled) this.unblock();
	}

	close(): void {
		if (this.over) return;
		// A request that waits goes with its client; what was only not whole yet does not.
		if (this.delayed === null && !this.deaf) this.passHeld();
		this.over = true;
		this.ends.heap.cancel(this.delayed);
		this.held = [];
		this.waiting = [];
	}

	/** A delay is over. */
	wake(): void {
		this.delayed = null;
		if (this.over) return;
		const raw = joined(this.takeHeld());
		const exchange = this.current as Exchange;
		const passes = this.start(exchange, raw);
		if (passes) this.pass(passes);
		if (exchange.complete) this.completed(exchange);
		// An end without a byte of its own may be due.
		else this.readRequests(NOTHING, true);
		this.unblock();
	}

	private get blocked(): boolean {
		return this.delayed !== null || this.stalled || this.waiting.length > 0;
	}
	private wait(own: Uint8Array, place: 'first' | 'last'): void {
		if (own.length === 0) return;
		if (place === 'first') this.waiting.unshift(own);
		else this.waiting.push(own);
		this.waitingLength += own.length;
	}
	/** What waited goes on, until something waits again. */
	private unblock(): void {
		if (this.delayed !== null) return;
		this.stalled = false;
		const before = this.waitingLength;
		while (this.waiting.length > 0 && this.delayed === null && !this.stalled && !this.over) {
			const next = this.waiting.shift() as Uint8Array;
			this.waitingLength -= next.length;
			if (this.deaf) continue;
			if (this.rawUp) this.pass(next);
			else this.readRequests(next, true);
		}
		if (this.over) return;
		if (before > WINDOW && this.excess === 0) this.ends.drained();
		if (this.fin && !this.blocked) this.passFin();
	}

	private pass(view: Uint8Array): void {
		this.used = true;
		this.ends.toUpstream(view);
	}
	private hold(own: Uint8Array): void {
		if (own.length === 0) return;
		this.held.push(own);
		this.heldLength += own.length;
	}
	private takeHeld(): Uint8Array[] {
		const { held } = this;
		this.held = [];
		this.heldLength = 0;
		return held;
	}
	private passHeld(): void {
		for (const piece of this.takeHeld()) this.pass(piece);
		if (!this.current || endsHere(this.current)) return;
		this.current.plan ??= UNTOUCHED;
		this.current.passed = true;
	}
	private passHeldResponse(): void {
		const held = this.heldResponse;
		this.heldResponse = [];
		for (const piece of held) this.ends.toClient(piece);
	}
	private forgetUpstream(): void {
		this.used = false;
		this.ends.forgetUpstream();
	}

	/** `own`: the view is a copy already. */
	private readRequests(view: Uint8Array, own: boolean): void {
		const parser = this.requests;
		let at = 0;
		// view[passFrom…] is passed on in as few writes as possible, or skipped over.
		let passFrom = 0;
		const passTo = (to: number): void => {
			if (passFrom < to) this.pass(view.subarray(passFrom, to));
			passFrom = to;
		};
		do {
			if (parser.idle && this.current === null && this.mustStall) this.stalled = true;
			if (this.stalled || this.delayed !== null) {
				passTo(at);
				const rest = view.subarray(at);
				this.wait(own ? rest : copied(rest), 'first');
				return;
			}
			const from = at;
			at = parser.step(view, at, view.length);
			if (parser.event === 'opaque') {
				passTo(from);
				this.lostRequests(view.subarray(from));
				return;
			}
			const part = view.subarray(from, at);
			const unread = this.current === null;
			const deciding = this.current?.plan === null;
			if (unread || deciding) {
				passTo(from);
				let passes: Uint8Array | null = null;
				if (parser.event === 'head') passes = this.begin(part);
				else this.hold(copied(part));
				if (deciding) passes = this.decideByBody(parser.event === 'end');
				// What is passed on as it came stays in the run of bytes.
				if (passes !== part) passFrom = at;
				if (passes && passes !== part) this.pass(passes);
			} else if (this.current && endsHere(this.current)) passFrom = at;
			if (parser.event !== 'end' || !this.current) continue;
			this.current.complete = true;
			if (this.delayed !== null) continue;
			passTo(at);
			this.completed(this.current);
		} while ((at < view.length || parser.event !== 'none') && !this.over && !this.deaf);
		if (!this.over && !this.deaf) passTo(view.length);
	}

	private get mustStall(): boolean {
		return this.open.length >= PIPELINE || (this.madeUp && !this.ends.clientReady);
	}

	/** A head is whole, its last piece this one. Returns what is to be passed on now. */
	private begin(part: Uint8Array): Uint8Array | null {
		const { head } = this.requests;
		const exchange: Exchange = {
			method: head.method,
			keepAlive: head.keepAlive && head.method !== 'CONNECT',
			expectsContinue: head.expectContinue && head.minor === 1,
			continued: false,
			plan: null,
			passed: false,
			complete: false,
		};
		this.current = exchange;
		this.open.push(exchange);
		const raw = this.held.length === 0 ? part : joined([...this.takeHeld(), part]);
		this.headLength = raw.length;
		const { desk, conn, client } = this.ends;
		if (!desk.active) return this.planned(exchange, raw, UNTOUCHED);
		const facts = factsOf(raw, head, conn, client);
		if (!desk.wantsBody(facts)) return this.planned(exchange, raw, desk.decide(facts));
		this.facts = facts;
		this.hold(copied(raw));
		this.sayContinue();
		return null;
	}

	/** All of a request is held, or more than anybody would look at. */
	private decideByBody(whole: boolean): Uint8Array | null {
		const { facts } = this;
		const known = this.heldLength - this.headLength <= RPC_BODY;
		if (!facts || (!whole && known)) return null;
		this.facts = null;
		const raw = joined(this.takeHeld());
		const body = raw.subarray(this.headLength);
		const chunked = headerOf(facts.headers, 'transfer-encoding') !== undefined;
		const all: RequestFacts = known ? { ...facts, rpcMethods: rpcMethodsOf(chunked ? unchunked(body) : body) } : facts;
		return this.planned(this.current as Exchange, raw, this.ends.desk.decide(all));
	}

	private planned(exchange: Exchange, raw: Uint8Array, plan: RequestPlan): Uint8Array | null {
		exchange.plan = plan;
		if (plan.delayMs <= 0) return this.start(exchange, raw);
		this.hold(copied(raw));
		this.delayed = this.ends.heap.add(this.ends.heap.now() + plan.delayMs, this);
		return null;
	}

	private start(exchange: Exchange, raw: Uint8Array): Uint8Array | null {
		this.sayContinue();
		if (endsHere(exchange)) return null;
		exchange.passed = true;
		const change = exchange.plan?.requestHeaders;
		return change ? joined([changedHead(raw.subarray(0, this.headLength), change), raw.subarray(this.headLength)]) : raw;
	}

	private completed(exchange: Exchange): void {
		this.current = null;
		if (unheard(exchange) || (endsHere(exchange) && !exchange.keepAlive)) this.deaf = true;
		this.settle();
	}

	/** Whoever waits for a 100 that the upstream will not say must hear it from here. */
	private sayContinue(): void {
		const next = this.open[0];
		if (!next?.expectsContinue || next.complete || next.continued || this.delayed !== null) return;
		if (next.plan !== null && !endsHere(next) && !unheard(next)) return;
		next.continued = true;
		this.ends.toClient(CONTINUE);
	}

	/** What is made up keeps its place among the real answers. */
	private settle(): void {
		for (let next = this.open[0]; next && !this.over; next = this.open[0]) {
			this.sayContinue();
			const { plan } = next;
			if (!plan || !next.complete) return;
			if (plan.reset) {
				this.ends.reset();
				return;
			}
			if (!plan.answer) return;
			this.open.shift();
			this.say(next, plan);
		}
	}

	private say(exchange: Exchange, plan: RequestPlan): void {
		if (!plan.answer) return;
		const { head, body } = writtenAnswer(plan.answer, STATUS_CODES[plan.answer.status] ?? 'Injected', exchange, plan.responseHeaders);
		const cut = plan.truncateAt !== undefined && plan.truncateAt < body.length;
		this.madeUp = true;
		this.ends.toClient(cut ? Buffer.concat([head, body.subarray(0, plan.truncateAt)]) : Buffer.concat([head, body]));
		if (this.over) return;
		if (cut) this.ends.reset();
		else if (!exchange.keepAlive) {
			this.ends.endClient();
			if (!this.over) this.ends.endUpstream();
		}
	}

	/** Requests cannot be followed any more. */
	private lostRequests(rest: Uint8Array): void {
		this.ends.opaque(this.requests.why);
		// What was kept from the upstream cannot be given back, and its end cannot be found.
		if (this.current && endsHere(this.current)) {
			this.ends.reset();
			return;
		}
		this.rawUp = true;
		this.passHeld();
		this.pass(rest);
		this.current = null;
	}

	/** Neither direction is read from here on. */
	private goRaw(why: string): void {
		this.ends.opaque(why);
		this.rawUp = true;
		this.rawDown = true;
		this.requests.lose(why);
		if (this.current && endsHere(this.current) && this.delayed === null) {
			this.ends.reset();
			return;
		}
		this.ends.heap.cancel(this.delayed);
		this.delayed = null;
		this.passHeld();
		this.unblock();
	}

	private readResponses(view: Uint8Array): void {
		const parser = this.responses;
		let at = 0;
		let passFrom = 0;
		const passTo = (to: number): void => {
			if (passFrom < to) this.ends.toClient(view.subarray(passFrom, to));
			passFrom = to;
		};
		do {
			const exchange = this.open[0];
			if (!exchange?.passed) {
				passTo(at);
				if (!this.over) this.unasked(view.subarray(at));
				return;
			}
			if (unheard(exchange)) {
				passTo(at);
				return;
			}
			const plan = exchange.plan as RequestPlan;
			const from = at;
			const untilCut = plan.truncateAt !== undefined && this.inBody ? Math.max(1, plan.truncateAt - parser.bodyBytes) : view.length;
			at = parser.step(view, at, Math.min(view.length, at + untilCut));
			const { event } = parser;
			if (event === 'opaque') {
				passTo(from);
				this.passHeldResponse();
				this.goRaw(parser.why);
				if (!this.over) this.ends.toClient(view.subarray(from));
				return;
			}
			if (!this.inBody && (plan.responseHeaders || exchange.continued)) {
				passTo(from);
				passFrom = at;
				this.heldResponse.push(copied(view.subarray(from, at)));
				if (event === 'head') this.headOfResponse(exchange, plan);
			}
			if (event === 'head') {
				const { status } = parser.head;
				this.inBody = status >= 200;
				if (status === 101 || (exchange.method === 'CONNECT' && status >= 200 && status < 300)) {
					passTo(at);
					this.open.shift();
					this.goRaw(status === 101 ? 'upgrade' : 'connect');
					if (!this.over) this.ends.toClient(view.subarray(at));
					return;
				}
			}
			if (this.inBody && event !== 'end' && plan.truncateAt !== undefined && parser.bodyBytes >= plan.truncateAt && parser.bodyFollows) {
				passTo(at);
				if (!this.over) this.ends.reset();
				return;
			}
			if (event !== 'end') continue;
			passTo(at);
			this.inBody = false;
			this.open.shift();
			this.settle();
		} while ((at < view.length || parser.event !== 'none') && !this.over && !this.rawDown);
		if (!this.over) passTo(view.length);
	}

	/** A head that was held is whole. */
	private headOfResponse(exchange: Exchange, plan: RequestPlan): void {
		const { status } = this.responses.head;
		const raw = joined(this.heldResponse);
		this.heldResponse = [];
		if (status === 100 && exchange.continued) exchange.continued = false;
		else this.ends.toClient(plan.responseHeaders && (status >= 200 || status === 101) ? changedHead(raw, plan.responseHeaders) : raw);
	}

	/** The upstream speaks though nothing was asked: to a client that has asked nothing either, it is passed on. */
	private unasked(view: Uint8Array): void {
		if (view.length === 0) return;
		if (this.open.length > 0 && this.open[0]?.plan !== null) {
			this.forgetUpstream();
			return;
		}
		this.goRaw('an answer without a request');
		if (!this.over) this.ends.toClient(view);
	}

	private passFin(): void {
		this.requests.finish();
		const consumed = this.current !== null && endsHere(this.current);
		if (!this.deaf && !consumed) this.passHeld();
		this.ends.endUpstream();
		if (consumed) this.ends.endClient();
	}
}

export const http1: Converse = (ends, early) => new Http1Conversation(ends, early);
