import type { Cancel, Clock } from '../model/clock.js';
import { type DarumaError, usageError } from '../model/errors.js';
import { addressOf, type Target } from '../model/target.js';
import { endpointOf, type Registered } from '../wire/registered.js';
import type { Listed } from './source.js';

/** A registry knows hosts and ports, no protocols: how they are asked is said elsewhere, and is TCP (TLS) unless it is. */
export const listedOf = ({ host, port, weight, tls, status, detail }: Registered): Listed => {
	const target: Target = { name: '', protocol: tls ? 'tls' : 'tcp', host, port, path: '', weight };
	target.name = addressOf(target);
	return { target, status, ...(detail !== undefined && { detail }) };
};

/** `scheme://[user[:password]@]host:port[,host:port …]/path?options`, taken apart. */
export interface RegistryAddress {
	hosts: { host: string; port: number }[];
	/** Percent-decoded, never shown. */
	user: string;
	password: string;
	/** Without its first slash, as it was typed. */
	path: string;
	options: URLSearchParams;
	/** As people may see it. */
	shown: string;
}

/** Throws E_SOURCE (exit 2): what was expected, and how it is written. `options` names all that may stand after the `?`. */
export const readRegistryAddress = (address: string, scheme: string, usualPort: number, usage: string, options: readonly string[]): RegistryAddress => {
	const typed = address.trim();
	const shown = typed.replace(/^([a-z-]+:\/\/)[^/?#]*@/i, '$1').replace(/([?&](?:token|password)=)[^&#]*/gi, '$1***');
	const wrong = (expected: string): DarumaError => usageError('E_SOURCE', `source ${JSON.stringify(shown)}: expected ${expected}`, `write ${usage}`);
	const found = new RegExp(`^${scheme}:\\/\\/(?:([^/?#]*)@)?([^/?#@]+)(?:\\/([^?#]*))?(?:\\?([^#]*))?$`, 'i').exec(typed);
	if (!found) throw wrong(`${scheme}://HOST:PORT/…`);
	const hosts = (found[2] as string).split(',').map((each) => {
		const place = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d+))?$/.exec(each.trim());
		const endpoint = place && endpointOf(place[1], place[2] ?? usualPort);
		if (!endpoint) throw wrong(`hosts with ports, found ${JSON.stringify(each)}`);
		return endpoint;
	});
	const given = new URLSearchParams(found[4] ?? '');
	for (const name of given.keys()) {
		if (!options.includes(name))
			throw wrong(`${options.length === 0 ? 'no options' : `only the options ${options.join(', ')}`}, found ${JSON.stringify(name)}`);
	}
	const [user = '', ...password] = (found[1] ?? '').split(':');
	try {
		return { hosts, user: decodeURIComponent(user), password: decodeURIComponent(password.join(':')), path: found[3] ?? '', options: given, shown };
	} catch {
		throw wrong('a user and password in percent-encoding (% itself is %25)');
	}
};

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** Calls again after a failure: it waits twice as long each time, up to 10 s. */
export class BackOff {
	private readonly clock: Clock;
	private failures = 0;
	private cancel: Cancel = () => {};
	constructor(clock: Clock) {
		this.clock = clock;
	}
	again(fn: () => void): void {
		this.after(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(10, this.failures++)), fn);
	}
	after(ms: number, fn: () => void): void {
		this.cancel();
		this.cancel = this.clock.at(this.clock.now() + ms, fn);
	}
	/** It went well. */
	reset(): void {
		this.failures = 0;
	}
	stop(): void {
		this.cancel();
	}
}
