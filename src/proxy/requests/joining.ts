import type { Conversation, Converse, Ends } from './conversation.js';
import { Http1Conversation } from './http1.js';

/** A whole request line (RFC 9112, 3). */
const REQUEST_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32} [^ \r\n]+ HTTP\/1\.[01]\r\n/;
const beginsRequest = (view: Uint8Array): boolean =>
	REQUEST_LINE.test(Buffer.from(view.buffer, view.byteOffset, Math.min(view.length, 16_384)).toString('latin1'));

/**
 * A connection that was open before anybody asked for its requests: passed on as raw bytes until the client says what
 * begins like a request, when the upstream has spoken last. So the connections of a pool are met at their next request.
 */
class Joining implements Conversation {
	private readonly ends: Ends;
	private joined: Http1Conversation | null = null;
	private answered: boolean;

	constructor(ends: Ends, answered: boolean) {
		this.ends = ends;
		this.answered = answered;
	}
	get excess(): number {
		return this.joined?.excess ?? 0;
	}
	fromClient(view: Uint8Array): void {
		if (!this.joined && this.answered && beginsRequest(view)) this.joined = new Http1Conversation(this.ends, new Uint8Array(0));
		this.answered = false;
		if (this.joined) this.joined.fromClient(view);
		else this.ends.toUpstream(view);
	}
	fromUpstream(view: Uint8Array): void {
		this.answered = true;
		if (this.joined) this.joined.fromUpstream(view);
		else this.ends.toClient(view);
	}
	clientEnded(): void {
		if (this.joined) this.joined.clientEnded();
		else this.ends.endUpstream();
	}
	upstreamEnded(): void {
		if (this.joined) this.joined.upstreamEnded();
		else this.ends.endClient();
	}
	resumed(): void {
		this.joined?.resumed();
	}
	close(): void {
		this.joined?.close();
	}
}

/** `answered`: the upstream has spoken last. */
export const joining =
	(answered: boolean): Converse =>
	(ends) =>
		new Joining(ends, answered);
