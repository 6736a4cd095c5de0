import { type Field, fieldSize } from '../../wire/hpack/field.js';
import { ERROR } from '../../wire/http2/frame.js';
import { rstStreamFrame } from '../../wire/http2/writer.js';
import { answerFields, changedFields, factsOf, fieldOf } from './h2-fields.js';
import { Half } from './h2-hop.js';
import { Stream } from './h2-stream.js';
import { MAX_STREAMS, type Of, type Streams } from './h2-streams.js';
import { type RequestPlan, RPC_BODY, rpcMethodsOf } from './plan.js';

/** Bodies of one connection that are read to decide what to do; beyond, it is decided without them. */
const UNDECIDED = 1024 * 1024;

/** What the client says of its streams: each request is decided once, waits, is passed on or finished here. */
export class Requests {
	private readonly streams: Streams;

	constructor(streams: Streams) {
		this.streams = streams;
	}

	headers(frame: Of<'headers'>): void {
		const decoded = this.streams.decode(this.streams.client, frame.block);
		if (!decoded) return;
		const { fields, tooLarge } = decoded;
		const known = this.streams.byClient.get(frame.stream);
		if (known) {
			if (known.clientEnded || tooLarge) this.streams.resetBoth(known, tooLarge ? ERROR.enhanceYourCalm : ERROR.streamClosed);
			else {
				known.clientEnded = frame.endStream;
				if (!known.consumed) this.streams.upstream.send(known.toUpstream, { kind: 'fields', fields, end: frame.endStream });
				this.goesOn(known);
			}
			return;
		}
		if (frame.stream % 2 === 0) this.streams.lose('client', { code: ERROR.protocol, why: 'a request with the number of a push' });
		if (frame.stream % 2 === 0 || frame.stream <= this.streams.lastClient) return;
		this.streams.lastClient = frame.stream;
		if (tooLarge) this.streams.client.write(rstStreamFrame(frame.stream, ERROR.enhanceYourCalm));
		else if (Math.max(this.streams.byClient.size, this.streams.byUpstream.size) >= MAX_STREAMS)
			this.streams.client.write(rstStreamFrame(frame.stream, ERROR.refusedStream));
		else this.begin(frame, fields);
	}

	data(frame: Of<'data'>): void {
		const { data, flow, endStream } = frame;
		const stream = this.streams.byClient.get(frame.stream);
		if (!stream || stream.clientEnded) {
			if (this.streams.idle(frame.stream)) this.streams.lose('client', { code: ERROR.protocol, why: 'DATA of an idle stream' });
			this.streams.client.credit(0, flow);
			if (stream) this.streams.resetBoth(stream, ERROR.streamClosed);
			return;
		}
		stream.clientEnded = endStream;
		const undecided = stream.plan === null;
		const early = undecided || stream.delay !== null;
		const lost = stream.consumed || stream.toUpstream.ended;
		// Padding goes no further; what is held must not keep other streams waiting, nor, while it is wanted, its own.
		this.streams.client.credit(0, lost || early ? flow : flow - data.length);
		if (!endStream) this.streams.client.credit(stream.id, lost || undecided ? flow : flow - data.length);
		if (!lost)
			this.streams.upstream.send(stream.toUpstream, {
				kind: 'data',
				data,
				end: endStream,
				owed: undecided ? 'both' : early ? 'connection' : 'none',
				madeUp: false,
			});
		if (undecided) {
			this.streams.undecided += data.length;
			stream.undecided += data.length;
			if (endStream || stream.undecided > RPC_BODY || this.streams.undecided > UNDECIDED) this.decide(stream);
		} else this.goesOn(stream);
	}

	reset(stream: Stream, code: number): void {
		stream.clientEnded = true;
		this.streams.client.forget(stream.toClient);
		stream.toClient.ended = true;
		this.streams.letGo(stream, code);
		this.streams.settle(stream);
	}

	private begin(frame: Of<'headers'>, fields: readonly Field[]): void {
		const { ends } = this.streams;
		const stream = new Stream(frame.stream, new Half(frame.stream, this.streams.client.initialWindow), new Half(0, 0));
		stream.fields = fields;
		stream.priority = frame.priority;
		stream.clientEnded = frame.endStream;
		this.streams.byClient.set(stream.id, stream);
		if (ends.desk.active) {
			const facts = factsOf(fields, ends.conn, ends.client);
			stream.facts = facts;
			if (!frame.endStream && !stream.endless && ends.desk.wantsBody(facts) && this.streams.undecided < UNDECIDED) {
				stream.plan = null;
				this.interim(stream);
				return;
			}
			stream.plan = ends.desk.decide(facts);
		}
		this.decided(stream, stream.plan as RequestPlan);
	}

	/** The body is as long as it gets, or as it may: decide. */
	private decide(stream: Stream): void {
		const facts = { ...stream.facts! };
		const body = stream.toUpstream.queue.flatMap((item) => (item.kind === 'data' ? [item.data] : []));
		if (stream.undecided <= RPC_BODY) facts.rpcMethods = rpcMethodsOf(Buffer.concat(body));
		this.streams.undecided -= stream.undecided;
		stream.undecided = 0;
		stream.plan = this.streams.ends.desk.decide(facts);
		this.decided(stream, stream.plan);
	}

	private decided(stream: Stream, plan: RequestPlan): void {
		if (plan.truncateAt !== undefined) stream.left = plan.truncateAt;
		stream.consumed = plan.answer !== undefined || plan.reset === 'read';
		stream.mute = plan.hang === true || plan.reset === 'passed';
		if (stream.consumed) {
			this.streams.upstream.forget(stream.toUpstream);
			stream.toUpstream.ended = true;
			stream.upstreamEnded = true;
			this.interim(stream);
		}
		if (plan.delayMs > 0) {
			const { heap } = this.streams.ends;
			stream.weight = stream.fields.reduce((sum, field) => sum + fieldSize(field), 500);
			this.streams.waiting += stream.weight;
			stream.delay = heap.add(heap.now() + plan.delayMs, {
				wake: () => {
					this.streams.endDelay(stream);
					this.go(stream);
					this.streams.flush();
				},
			});
			return;
		}
		this.go(stream);
	}

	/** Whoever waits for a 100 before it sends a body that ends here must hear it from here. */
	private interim(stream: Stream): void {
		if (stream.clientEnded || stream.continued || stream.endless || fieldOf(stream.fields, 'expect')?.toLowerCase() !== '100-continue') return;
		stream.continued = true;
		this.streams.client.send(stream.toClient, { kind: 'fields', fields: [{ name: ':status', value: '100' }], end: false });
	}

	/** Nothing keeps it any longer. */
	private go(stream: Stream): void {
		if (stream.consumed) this.finishHere(stream);
		else this.passOn(stream);
	}

	private passOn(stream: Stream): void {
		const id = this.streams.nextUpstream;
		if (id > this.streams.goneAt) {
			this.streams.refused = true;
			this.streams.upstream.forget(stream.toUpstream);
			stream.toUpstream.ended = true;
			stream.upstreamEnded = true;
			this.streams.tellReset(stream, ERROR.refusedStream);
			this.streams.settle(stream);
			return;
		}
		this.streams.nextUpstream += 2;
		const half = stream.toUpstream;
		half.id = id;
		half.window = this.streams.upstream.initialWindow;
		this.streams.byUpstream.set(id, stream);
		const change = stream.plan?.requestHeaders;
		const fields = change ? changedFields(stream.fields, change) : stream.fields;
		stream.fields = [];
		const end = stream.clientEnded && half.queue.length === 0;
		half.queue.unshift({ kind: 'fields', fields, end, priority: stream.priority && this.streams.priority(stream.priority, id) });
		this.streams.pump(this.streams.upstream, stream);
	}

	/** Answers or resets a request that goes no further, if it has been read to its end, or has none. */
	private finishHere(stream: Stream): void {
		if (stream.delay || stream.toClient.ended || stream.answered || !(stream.clientEnded || stream.endless)) return;
		stream.answered = true;
		const plan = stream.plan as RequestPlan;
		const half = stream.toClient;
		if (!plan.answer) this.streams.client.send(half, { kind: 'rst', code: ERROR.internal });
		else {
			const { fields, body } = answerFields(plan.answer, stream.facts?.method ?? '');
			const changed = plan.responseHeaders ? changedFields(fields, plan.responseHeaders) : fields;
			const cut = body.length > stream.left;
			this.streams.client.send(half, { kind: 'fields', fields: changed, end: body.length === 0 });
			const data = cut ? body.slice(0, stream.left) : body;
			if (body.length > 0) this.streams.client.send(half, { kind: 'data', data, end: !cut, owed: 'connection', madeUp: true });
			if (cut) this.streams.client.send(half, { kind: 'rst', code: ERROR.internal });
		}
		this.streams.settle(stream);
	}

	/** More of a request has come, or its end. */
	private goesOn(stream: Stream): void {
		if (stream.plan === null) {
			if (stream.clientEnded) this.decide(stream);
		} else if (stream.consumed) this.finishHere(stream);
		else this.streams.settle(stream);
	}
}
