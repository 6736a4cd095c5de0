import { usageError } from '../../model/errors.js';

/** `latency=100` as written on a command line: numbers and truth values are such, all else is text. Errors: E_USAGE. */
export const parseAttributes = (written: readonly string[]): Record<string, unknown> => {
	const attributes: Record<string, unknown> = {};
	for (const text of written) {
		const at = text.indexOf('=');
		if (at < 1) throw usageError('E_USAGE', `--attribute ${text}: expected key=value`, 'for example -a latency=100 -a jitter=20');
		const value = text.slice(at + 1);
		const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
		attributes[text.slice(0, at)] = number ? Number(value) : value === 'true' ? true : value === 'false' ? false : value;
	}
	return attributes;
};

/** Errors: E_USAGE. */
export const parseToxicity = (written: string): number => {
	const toxicity = written.trim() === '' ? Number.NaN : Number(written);
	if (!(toxicity >= 0 && toxicity <= 1)) throw usageError('E_USAGE', 'toxicity should be a float between 0 and 1.');
	return toxicity;
};
