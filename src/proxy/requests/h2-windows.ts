import { ERROR, MAX_WINDOW } from '../../wire/http2/frame.js';
import { windowUpdateFrame } from '../../wire/http2/writer.js';
import type { Hop } from './h2-hop.js';
import type { Of, Streams } from './h2-streams.js';

/** WINDOW_UPDATE of both peers: what waited goes on, and the sender on the other hop gets as much. */
export class Windows {
	private readonly streams: Streams;

	constructor(streams: Streams) {
		this.streams = streams;
	}

	ofClient({ stream: id, increment }: Of<'windowUpdate'>): void {
		const { client, upstream } = this.streams;
		if (id === 0) {
			if (!this.grow(client, client, increment, 'client')) return;
			for (const half of client.pumpAll()) this.streams.settleHalf(half, this.streams.byClient);
			this.forward(client, upstream, 0, increment);
			return;
		}
		const stream = this.streams.byClient.get(id);
		if (!stream) {
			if (this.streams.idle(id)) this.streams.lose('client', { code: ERROR.protocol, why: 'WINDOW_UPDATE of an idle stream' });
			return;
		}
		if (increment === 0) this.streams.resetBoth(stream, ERROR.protocol);
		else if (this.grow(stream.toClient, client, increment, 'client')) {
			this.streams.pump(client, stream);
			if (stream.toUpstream.id !== 0 && !stream.upstreamEnded && !stream.mute) this.forward(stream.toClient, upstream, stream.toUpstream.id, increment);
		}
	}

	ofUpstream({ stream: id, increment }: Of<'windowUpdate'>): void {
		const { client, upstream } = this.streams;
		if (id === 0) {
			if (!this.grow(upstream, upstream, increment, 'upstream')) return;
			for (const half of upstream.pumpAll()) this.streams.settleHalf(half, this.streams.byUpstream);
			this.forward(upstream, client, 0, increment);
			return;
		}
		const stream = this.streams.meant(id, 'WINDOW_UPDATE');
		if (!stream) return;
		if (increment === 0) this.streams.resetBoth(stream, ERROR.protocol);
		else if (this.grow(stream.toUpstream, upstream, increment, 'upstream')) {
			this.streams.pump(upstream, stream);
			if (!stream.clientEnded) this.forward(stream.toUpstream, client, stream.id, increment);
		}
	}

	/** False: more than a window can hold, or nothing at all, of a connection. */
	private grow(what: { window: number }, hop: Hop, increment: number, who: 'client' | 'upstream'): boolean {
		what.window += increment;
		if (what === hop && increment === 0) this.streams.lose(who, { code: ERROR.protocol, why: 'WINDOW_UPDATE of nothing' });
		else if (what.window > MAX_WINDOW) this.streams.lose(who, { code: ERROR.flowControl, why: 'a window beyond all bounds' });
		else return true;
		return false;
	}

	/** Credit for the sender on the other hop, but for what it has got already or has never sent. */
	private forward(from: { owed: number }, to: Hop, id: number, increment: number): void {
		const kept = Math.min(from.owed, increment);
		from.owed -= kept;
		if (increment > kept) to.write(windowUpdateFrame(id, increment - kept));
	}
}
