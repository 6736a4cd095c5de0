import { atJsonPath, parseJsonPath } from '../../model/json-path.js';
import { dropSelected, parseJsonSelect, type SelectStep } from '../../model/json-select.js';
import { canonical, firstDifference, parseExact } from './json.js';

/** A place in an answer: a path into its JSON, or a pattern in its text (its first group, if it has one). */
export type Place = { text: string; steps: (string | number)[] } | { text: string; pattern: RegExp };
/** What is left out before answers are compared: paths (`$.a`, `$.list[*].id`, `$..time`), or all that a pattern matches. */
export type Ignored = { text: string; select: SelectStep[] } | { text: string; pattern: RegExp };

/** What makes two answers the same. */
export interface Normalising {
	/** Lower-case names; the status is always compared. */
	headers: readonly string[];
	ignore: readonly Ignored[];
	/** Compared in place of the whole body. */
	digest: Place | null;
	/** How far the replica has come: a number, or text that is one in decimal or 0x. Taken out of a body that is compared whole. */
	height: Place | null;
}

const patternOf = (text: string, flags = ''): RegExp | null => {
	const found = /^\/([\s\S]+)\/([imsu]*)$/.exec(text);
	if (!found) return null;
	try {
		return new RegExp(found[1] as string, `${found[2]}${flags}`);
	} catch {
		return null;
	}
};

/** Null: it cannot be read. */
export const parsePlace = (text: string): Place | null => {
	const steps = parseJsonPath(text);
	if (steps) return { text, steps };
	const pattern = patternOf(text);
	return pattern && { text, pattern };
};

export const parseIgnored = (text: string): Ignored | null => {
	const select = parseJsonSelect(text);
	if (select) return { text, select };
	const pattern = patternOf(text, 'g');
	return pattern && { text, pattern };
};

export interface Whole {
	status?: number | undefined;
	headers?: Record<string, string> | undefined;
	body?: Uint8Array | undefined;
}

/** An answer as it is compared. */
export interface Normal {
	/** Equal texts are equal answers; null: there is nothing in it that could be compared. */
	text: string | null;
	/** Null: none was asked for, or none is there. */
	height: number | null;
	/** What was to be picked is not in it. */
	missing: boolean;
	status: number | null;
	headers: (string | null)[];
	/** Of a body that is JSON, what is left of it. */
	document: unknown;
	body: string;
}

const utf8 = new TextDecoder();
/** Not UTF-8: each byte is a character of its own, so that different bytes stay different. */
const decode = (bytes: Uint8Array): string => {
	const text = utf8.decode(bytes);
	return text.includes('\ufffd') ? Array.from(bytes, (byte) => String.fromCharCode(byte)).join('') : text;
};

const pick = (place: Place, document: unknown, text: string): unknown => {
	if ('steps' in place) return document === undefined ? undefined : atJsonPath(document, place.steps);
	const found = place.pattern.exec(text);
	return found ? (found[1] ?? found[0]) : undefined;
};

const toHeight = (value: unknown): number | null => {
	const number =
		typeof value === 'number' ? value : typeof value === 'string' && /^\s*(0x[\da-f]+|-?\d+(\.\d+)?)\s*$/i.test(value) ? Number(value) : Number.NaN;
	return Number.isFinite(number) ? number : null;
};

/** Volatile parts out, keys in order, what is compared as one text. Pure. */
export const normalise = ({ status, headers = {}, body }: Whole, how: Normalising): Normal => {
	const raw = body ? decode(body) : '';
	let document = parseExact(raw);
	const height = how.height && toHeight(pick(how.height, document, raw));
	const named = how.headers.map((name) => (Object.hasOwn(headers, name) ? (headers[name] as string) : null));
	let missing = how.height !== null && height === null;
	let text: string;
	if (how.digest) {
		const value = pick(how.digest, document, raw);
		missing ||= value === undefined;
		document = undefined;
		text = value === undefined ? '' : (canonical(value) ?? '');
	} else {
		for (const each of how.ignore) if ('select' in each) dropSelected(document, each.select);
		if (how.height && 'steps' in how.height && how.height.steps.length > 0) dropSelected(document, how.height.steps);
		const whole = document === undefined ? null : canonical(document);
		if (whole === null) document = undefined;
		text = whole ?? raw;
		for (const each of how.ignore) if ('pattern' in each) text = text.replace(each.pattern, '');
		if (how.height && 'pattern' in how.height) text = text.replace(how.height.pattern, '');
	}
	const empty = status === undefined && body === undefined;
	return {
		text: empty ? null : JSON.stringify([status ?? null, named, text]),
		height,
		missing,
		status: status ?? null,
		headers: named,
		document,
		body: text,
	};
};

const MOST = 60;
const short = (text: string): string => (text.length > MOST ? `${JSON.stringify(text.slice(0, MOST - 1))}…` : JSON.stringify(text));

/** In what an answer differs from another one: the first thing that a person would look at. */
export const differenceOf = (own: Normal, other: Normal, names: readonly string[]): string => {
	if (own.status !== other.status) return `status ${own.status ?? 'none'}, where others say ${other.status ?? 'none'}`;
	const header = own.headers.findIndex((value, i) => value !== other.headers[i]);
	if (header >= 0) return `${names[header]}: ${own.headers[header] ?? 'missing'}, where others say ${other.headers[header] ?? 'missing'}`;
	const inside = own.document === undefined || other.document === undefined ? null : firstDifference(own.document, other.document);
	return inside ?? `${short(own.body)}, where others say ${short(other.body)}`;
};
