import type { OkPredicate } from '../model/plan.js';
import { statusIsOk } from './status-predicate.js';

/** What an answer was, as far as a predicate asks. */
export interface Answer {
	status: number;
	/** Names in lower case; null where nobody asked for them. */
	headers: Readonly<Record<string, string | undefined>> | null;
	/** Its first {@link BODY_LIMIT} bytes as UTF-8; null where nobody asked. */
	body: string | null;
}

/** So much of a body is looked at. */
export const BODY_LIMIT = 65_536;

const WRITTEN = /^\/(.*)\/([imsu]*)$/s;

/** `/pattern/i`, or text that must be contained → a test. Throws SyntaxError for a pattern that is none. */
export const textTest = (written: string): ((text: string) => boolean) => {
	const found = WRITTEN.exec(written);
	if (!found) return (text) => text.includes(written);
	const pattern = new RegExp(found[1] as string, found[2]);
	return (text) => pattern.test(text);
};

/** Is this answer good to the user? `needs` says what has to be kept of an answer to tell. */
export interface OkTest {
	needs: { headers: boolean; body: boolean };
	(answer: Answer): boolean;
}

export const okTest = (ok: OkPredicate): OkTest => {
	const body = ok.body === undefined ? null : textTest(ok.body);
	const headers = Object.entries(ok.header ?? {}).map(([name, written]) => ({ name, test: textTest(written) }));
	const judge = (answer: Answer): boolean =>
		statusIsOk(ok, answer.status) &&
		headers.every(({ name, test }) => {
			const value = answer.headers?.[name];
			return value !== undefined && test(value);
		}) &&
		(body === null || (answer.body !== null && body(answer.body)));
	return Object.assign(judge, { needs: { headers: headers.length > 0, body: body !== null } });
};
