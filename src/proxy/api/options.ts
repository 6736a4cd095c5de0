import type { ProxyOptions } from '../contract.js';
import { printTls, readTls, TLS_KEYS, tlsObjection } from './tls-options.js';

/** The API's names of what Toxiproxy does not offer. */
const KEYS = {
	half_close: 'halfClose',
	keep_reset: 'keepReset',
	dial_timeout: 'dialTimeout',
	idle_timeout: 'idleTimeout',
	max_flows: 'maxFlows',
	handshake_timeout: 'handshakeTimeout',
} as const;
export const OPTION_KINDS = {
	half_close: 'bool',
	keep_reset: 'bool',
	dial_timeout: 'int64',
	idle_timeout: 'int64',
	max_flows: 'int64',
	handshake_timeout: 'int64',
} as const;
export { TLS_KEYS };

const OFF = { halfClose: false, keepReset: false, dialTimeout: 30_000, idleTimeout: 60_000, maxFlows: 1024, handshakeTimeout: 10_000 } as const;

/** What differs from Toxiproxy, by the API's names and as JSON: only that is shown. Keys of certificates never are. */
export const changedOptions = (options: Readonly<ProxyOptions>): [key: string, json: string][] => [
	...Object.entries(KEYS)
		.filter(([, field]) => options[field] !== OFF[field])
		.map(([key, field]): [string, string] => [key, String(options[field])]),
	...printTls(options),
];

/** From a decoded body; what is absent or null is not named. `now`: what an update changes. Throws what {@link readTls} throws. */
export const namedOptions = (input: Record<string, unknown>, now?: Readonly<ProxyOptions>): Partial<ProxyOptions> => ({
	...Object.fromEntries(
		Object.entries(KEYS)
			.filter(([key]) => input[key] !== null && input[key] !== undefined)
			.map(([key, field]) => [field, input[key]]),
	),
	...readTls(input, now),
});

export const optionsObjection = (named: Partial<ProxyOptions>): string | null => {
	for (const [key, field] of [
		['dial_timeout', 'dialTimeout'],
		['idle_timeout', 'idleTimeout'],
		['handshake_timeout', 'handshakeTimeout'],
	] as const) {
		const value = named[field];
		if (value !== undefined && !(value > 0 && value < 2 ** 31)) return `${key} must be above 0 ms, is ${value}`;
	}
	const { maxFlows } = named;
	if (maxFlows !== undefined && !(maxFlows >= 1 && maxFlows <= 65_536)) return `max_flows must be from 1 to 65536, is ${maxFlows}`;
	return tlsObjection(named);
};
