import { parseDuration } from '../model/duration.js';
import { type DarumaError, usageError } from '../model/errors.js';

/** `scheme:body?options#fragment`. */
export interface SourceAddress {
	scheme: string;
	/** What stands between the scheme and the options, slashes and all. */
	body: string;
	options: Record<string, string>;
	/** Null: there is no `#`. */
	fragment: string | null;
}

/** Null for what has no scheme. The options stand before the fragment, as in URLs. */
export const splitAddress = (address: string): SourceAddress | null => {
	const found = /^([a-z][a-z0-9+.-]*):([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/i.exec(address.trim());
	if (!found) return null;
	const [, scheme = '', body = '', query = '', fragment = null] = found;
	return { scheme: scheme.toLowerCase(), body, options: Object.fromEntries(new URLSearchParams(query)), fragment };
};

/** An address that cannot be right: E_SOURCE, exit 2. */
export const wrongSource = (address: string, expected: string, usage: string): DarumaError =>
	usageError('E_SOURCE', `source ${JSON.stringify(address)}: expected ${expected}`, `write ${usage}`);

/** As `splitAddress`, and no option may be there that `known` does not name. */
export const readAddress = (address: string, usage: string, known: readonly string[]): SourceAddress => {
	const split = splitAddress(address);
	if (!split) throw wrongSource(address, 'an address that begins with its kind', usage);
	for (const name of Object.keys(split.options)) {
		if (!known.includes(name))
			throw wrongSource(address, `${known.length === 0 ? 'no options' : `only the options ${known.join(', ')}`}, found ${JSON.stringify(name)}`, usage);
	}
	return split;
};

/** A time among the options, ms. */
export const durationOption = (address: string, usage: string, { options }: SourceAddress, name: string, unless: number, least = 100): number => {
	const typed = options[name];
	if (typed === undefined) return unless;
	const ms = parseDuration(typed);
	if (ms === undefined || ms < least) throw wrongSource(address, `${name}= a time from ${least}ms on, found ${JSON.stringify(typed)}`, usage);
	return ms;
};
