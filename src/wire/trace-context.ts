/** What marks a trace id as one of ours: "daruma" in ASCII. */
const MARK = '646172756d61';
const OURS = new RegExp(`^${MARK}[0-9a-f]{8}([0-9a-f]{12})$`);

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

/** `traceparent` of W3C Trace Context for request `r17`, sampled. The seed tells runs apart; the same run says the same again. */
export const traceParent = (id: string, seed: number): string => {
	const n = Number(id.slice(1));
	return `00-${MARK}${hex(seed >>> 0, 8)}${hex(n, 12)}-${hex(n + 1, 16)}-01`;
};

/** The id behind a `traceparent`: `r17` of one that we made, else its trace id; null if it is none. */
export const traceIdOf = (header: string): string | null => {
	const trace = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/.exec(header.trim().toLowerCase())?.[1];
	if (trace === undefined || /^0+$/.test(trace)) return null;
	const number = OURS.exec(trace)?.[1];
	return number === undefined ? trace : `r${Number.parseInt(number, 16)}`;
};
