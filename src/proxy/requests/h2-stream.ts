import type { Field } from '../../wire/hpack/field.js';
import type { Priority } from '../../wire/http2/frame.js';
import type { DueEntry } from '../due-heap.js';
import type { Half } from './h2-hop.js';
import { type RequestFacts, type RequestPlan, UNTOUCHED } from './plan.js';

/** One request and its answer: a stream with the client, and one with the upstream once the request is passed on. */
export class Stream {
	/** Of the client; the upstream may know it by another number, as requests that wait are overtaken. */
	readonly id: number;
	readonly toClient: Half;
	readonly toUpstream: Half;
	facts: RequestFacts | null = null;
	/** Its header list, until that is passed on. */
	fields: readonly Field[] = [];
	priority: Priority | null = null;
	/** Null: it cannot be decided before more of its body has come. */
	plan: RequestPlan | null = UNTOUCHED;
	delay: DueEntry | null = null;
	/** What it takes while it waits, and bytes of its body that were read to decide. */
	weight = 0;
	undecided = 0;
	/** It ends here: its body goes no further. */
	consumed = false;
	/** What the upstream says goes no further. */
	mute = false;
	/** The client has heard a 100 from here. */
	continued = false;
	/** The final head has passed. */
	answered = false;
	/** Bytes of the response's body that may still pass. */
	left: number = Number.POSITIVE_INFINITY;
	/** They have said END_STREAM or RST_STREAM, or never will say anything. */
	clientEnded = false;
	upstreamEnded = false;

	constructor(id: number, toClient: Half, toUpstream: Half) {
		this.id = id;
		this.toClient = toClient;
		this.toUpstream = toUpstream;
	}

	get clientDone(): boolean {
		return this.clientEnded && this.toClient.ended;
	}
	get upstreamDone(): boolean {
		return this.upstreamEnded && this.toUpstream.ended;
	}
	/** Answers to these are due at once: both sides may talk for as long as they like. */
	get endless(): boolean {
		return this.facts?.grpcMethod !== undefined || this.facts?.method === 'CONNECT';
	}
}
