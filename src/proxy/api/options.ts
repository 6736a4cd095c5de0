import type { ProxyOptions } from '../contract.js';

/** The API's names of what Toxiproxy does not offer. */
const KEYS = { half_close: 'halfClose', keep_reset: 'keepReset', dial_timeout: 'dialTimeout', idle_timeout: 'idleTimeout', max_flows: 'maxFlows' } as const;
export const OPTION_KINDS = { half_close: 'bool', keep_reset: 'bool', dial_timeout: 'int64', idle_timeout: 'int64', max_flows: 'int64' } as const;
const OFF: ProxyOptions = { halfClose: false, keepReset: false, dialTimeout: 30_000, idleTimeout: 60_000, maxFlows: 1024 };

/** What differs from Toxiproxy, by the API's names: only that is shown. */
export const changedOptions = (options: Readonly<ProxyOptions>): [key: string, value: boolean | number][] =>
	Object.entries(KEYS)
		.filter(([, field]) => options[field] !== OFF[field])
		.map(([key, field]) => [key, options[field]]);

/** From a decoded body; what is absent or null is not named. */
export const namedOptions = (input: Record<string, unknown>): Partial<ProxyOptions> =>
	Object.fromEntries(
		Object.entries(KEYS)
			.filter(([key]) => input[key] !== null && input[key] !== undefined)
			.map(([key, field]) => [field, input[key]]),
	);

export const optionsObjection = ({ dialTimeout, idleTimeout, maxFlows }: Partial<ProxyOptions>): string | null => {
	if (dialTimeout !== undefined && !(dialTimeout > 0 && dialTimeout < 2 ** 31)) return `dial_timeout must be above 0 ms, is ${dialTimeout}`;
	if (idleTimeout !== undefined && !(idleTimeout > 0 && idleTimeout < 2 ** 31)) return `idle_timeout must be above 0 ms, is ${idleTimeout}`;
	if (maxFlows !== undefined && !(maxFlows >= 1 && maxFlows <= 65_536)) return `max_flows must be from 1 to 65536, is ${maxFlows}`;
	return null;
};
