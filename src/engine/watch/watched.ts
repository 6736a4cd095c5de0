import { usageError } from '../../model/errors.js';
import { parseTarget, type Target } from '../../model/target.js';

export type Watched = { target: Target } | { push: string };

/** `URL`, `NAME=URL`, or `push:NAME`: an endpoint that is not asked, but has to report. @throws {DarumaError} E_TARGET */
export const parseWatched = (typed: string): Watched => {
	const text = typed.trim();
	const push = /^push:(.*)$/is.exec(text)?.[1];
	if (push !== undefined) {
		if (!isName(push))
			throw usageError('E_TARGET', `target ${JSON.stringify(text.slice(0, 80))}: expected a name after push:, without blanks`, 'write push:worker-1');
		return { push };
	}
	const named = /^([A-Za-z_][\w.-]*)=(.+)$/s.exec(text);
	if (!named) return { target: parseTarget(text) };
	return { target: { ...parseTarget(named[2] as string), name: named[1] as string } };
};

const LONGEST_NAME = 512;

/** What an endpoint may be called: one word. */
export const isName = (name: string): boolean => name !== '' && name.length <= LONGEST_NAME && !/[\s\p{Cc}]/u.test(name);
