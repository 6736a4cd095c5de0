import type { AttemptEvent, RequestEvent } from '../model/event.js';

const MARK = 'daruma-witness';

/** The value of `DARUMA_LOG_FORMAT`; it needs `http-request set-var(txn.daruma_id) req.hdr(x-daruma-id)` in the frontend. */
export const HAPROXY_LOG_FORMAT = `${MARK}|%[var(txn.daruma_id)]|%Ts|%ms|%Tq|%TR|%Tw|%Tc|%Ta|%ST|%ts|%rc|%s|%si|%sp`;

/** Times in ms, null where HAProxy wrote -1: not reached. */
export interface HaproxyLine {
	id: string;
	/** Wall clock, ms since 1970, when the whole request had been read. */
	readAt: number;
	/** In the queue; with layer-7 retries the tries before the last are in it too. */
	queueMs: number | null;
	/** Connecting, waits between refused tries included. */
	connectMs: number | null;
	/** From the request's first byte to the end, less `receiveMs`. */
	activeMs: number;
	status: number | null;
	/** Two letters: who ended the session, and in which state it was. */
	termination: string;
	retries: number;
	/** `+`: at least one retry went to another server. */
	redispatched: boolean;
	server: string | null;
	/** host:port of the last server, null when none was chosen. */
	address: string | null;
}

const reached = (text: string | undefined): number | null => (text === undefined || Number(text) < 0 ? null : Number(text));

/** Reads one line of HAProxy's output; null when it is no line of the witness. */
export const parseHaproxyLine = (text: string): HaproxyLine | null => {
	const at = text.indexOf(`${MARK}|`);
	const fields = at < 0 ? [] : text.slice(at).trimEnd().split('|');
	if (fields.length !== 15) return null;
	const [, id = '-', seconds, ms, tillRead, receive, queue, connect, active, status, termination = '', rc = '', server = '', host = '', port = ''] = fields;
	if (id === '-' || id === '' || !/^\+?\d+$/.test(rc)) return null;
	const none = server === '<NOSRV>' || server === '-';
	return {
		id,
		readAt: Number(seconds) * 1000 + Number(ms) + (reached(tillRead) ?? 0),
		queueMs: reached(queue),
		connectMs: reached(connect),
		activeMs: Math.max(0, Number((active ?? '0').replace('+', '')) - (reached(receive) ?? 0)),
		status: reached(status),
		termination,
		retries: Number(rc.replace('+', '')),
		redispatched: rc.startsWith('+'),
		server: none ? null : server,
		address: none || !/^\d+$/.test(port) ? null : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
	};
};

/**
 * The attempts behind one line: one for each retry and one more for the server that is named, if any. Without `+` all
 * were at that server; with it the earlier ones are at nodes that the log does not name. HAProxy tells only how long all
 * tries took together, so they are spread evenly. `connectOnly`: the configuration retries refused connects only
 * (`retry-on` is absent), so what was retried never left.
 */
export const haproxyAttempts = (
	line: HaproxyLine,
	request: RequestEvent,
	nodeOf: (address: string) => string | null,
	toRun: (wallMs: number) => number,
	connectOnly: boolean,
): AttemptEvent[] => {
	const begin = toRun(line.readAt);
	const end = begin + line.activeMs;
	const lastNode = line.address === null ? null : nodeOf(line.address);
	const total = line.retries + (line.server === null ? 0 : 1);
	const timedOut = line.termination.startsWith('sC');
	const span = line.connectMs === null ? line.activeMs * (timedOut ? line.retries / (line.retries + 1) : 1) : (line.queueMs ?? 0) + line.connectMs;
	const startOf = (i: number): number => Math.max(request.sentMs, line.retries === 0 ? begin : begin + (span * i) / line.retries);
	return Array.from({ length: total }, (_, i): AttemptEvent => {
		const t = startOf(i);
		const base = { kind: 'attempt' as const, t, id: request.id, n: i + 1, by: 'haproxy' as const };
		if (i === line.retries) return { ...base, endMs: Math.max(t, end), node: lastNode, ...outcomeOf(line, request) };
		const node = line.redispatched ? null : lastNode;
		return { ...base, endMs: Math.max(t, startOf(i + 1)), node, ...(connectOnly ? { outcome: 'unsent', error: 'connect' } : { outcome: 'failed' }) };
	});
};

/** `--` ended well; the second letter is the state: C connecting, H waiting for the answer's head, D or L passing it on (configuration.txt 8.5). */
const outcomeOf = (line: HaproxyLine, request: RequestEvent): Pick<AttemptEvent, 'outcome' | 'status' | 'error'> => {
	const [who, state] = line.termination;
	if (line.connectMs === null) return { outcome: 'unsent', error: who === 's' ? 'connect-timeout' : 'connect' };
	if (state === 'H') return { outcome: 'failed', error: who === 's' ? 'timeout' : who === 'C' ? 'abandoned' : 'no-answer' };
	const status = line.status === null ? {} : { status: line.status };
	if (request.status === undefined) return { outcome: 'unknown', ...status };
	return { outcome: request.outcome === 'ok' ? 'ok' : 'failed', ...status };
};
