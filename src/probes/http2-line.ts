import type { Clock } from '../model/clock.js';
import { addressOf, type Target } from '../model/target.js';
import type { Security } from './connection.js';
import { Http2Channel } from './http2-channel.js';
import type { ProbeOptions } from './probe.js';

/** Where a prober finds its connection: one of its own, or one that all who ask the same server share. */
export interface Line {
	/** The one that is kept, while it takes requests. */
	current(): Http2Channel | null;
	/** A new one. It is kept from now on, unless it is shared and `alone` is asked for. */
	dial(alone: boolean): Http2Channel;
	/** A question on it has ended; badly: it may be of no more use. */
	done(channel: Http2Channel, well: boolean): void;
	close(): void;
}

export interface LineOptions {
	target: Target;
	clock: Clock;
	security: Security | null;
	/** Bytes of the longest answer. */
	most: number;
	rst: boolean;
	/** Keep it between two questions. */
	keep: boolean;
}

/** One question is out at a time: after a bad end the connection is left, as with any client that lost count. */
class OwnLine implements Line {
	private channel: Http2Channel | null = null;
	private readonly options: LineOptions;
	constructor(options: LineOptions) {
		this.options = options;
	}
	current(): Http2Channel | null {
		return this.channel?.usable ? this.channel : null;
	}
	dial(): Http2Channel {
		const { target, clock, security, most, rst } = this.options;
		this.channel?.close(rst);
		this.channel = new Http2Channel(target, clock, security, most);
		return this.channel;
	}
	done(channel: Http2Channel, well: boolean): void {
		if (channel !== this.channel || (well && this.options.keep)) return;
		this.close();
	}
	close(): void {
		this.channel?.close(this.options.rst);
		this.channel = null;
	}
}

interface Pooled {
	channel: Http2Channel | null;
	users: number;
}
const pools = new WeakMap<Clock, Map<string, Pooled>>();

/** All that ask the same server in the same way use one connection. Retired ones end by themselves with their last answer. */
class SharedLine implements Line {
	private readonly pooled: Pooled;
	private readonly pool: Map<string, Pooled>;
	private readonly key: string;
	private readonly alone = new Set<Http2Channel>();
	private closed = false;
	private readonly options: LineOptions;
	constructor(options: LineOptions, key: string) {
		this.options = options;
		this.key = key;
		this.pool = pools.get(options.clock) ?? new Map();
		pools.set(options.clock, this.pool);
		this.pooled = this.pool.get(key) ?? { channel: null, users: 0 };
		this.pool.set(key, this.pooled);
		this.pooled.users++;
	}
	current(): Http2Channel | null {
		return this.pooled.channel?.usable ? this.pooled.channel : null;
	}
	dial(alone: boolean): Http2Channel {
		const { target, clock, security, most } = this.options;
		const channel = new Http2Channel(target, clock, security, most, !alone);
		if (alone) this.alone.add(channel);
		else {
			this.pooled.channel?.retire();
			this.pooled.channel = channel;
		}
		return channel;
	}
	done(channel: Http2Channel, well: boolean): void {
		if (this.alone.delete(channel)) channel.close(this.options.rst);
		else if (!well) channel.retire();
	}
	close(): void {
		if (this.closed) return;
		this.closed = true;
		for (const channel of this.alone) channel.close();
		this.alone.clear();
		if (--this.pooled.users > 0) return;
		this.pooled.channel?.close();
		if (this.pool.get(this.key) === this.pooled) this.pool.delete(this.key);
	}
}

/** `shared`: with all probers of the same clock, address, name and trust. */
export const lineOf = (options: LineOptions, shared: boolean, tls: ProbeOptions['tls']): Line =>
	shared ? new SharedLine(options, JSON.stringify([options.target.protocol, addressOf(options.target), options.most, tls ?? null])) : new OwnLine(options);
