import type { AttemptEvent, RequestEvent } from '../model/event.js';

/** Since nginx 1.15.8 ($upstream_bytes_sent). Tabs part the fields; escape=default keeps tabs and newlines out of values. */
const FIELDS = [
	'$http_x_daruma_id',
	'$msec',
	'$status',
	'$upstream_addr',
	'$upstream_status',
	'$upstream_connect_time',
	'$upstream_header_time',
	'$upstream_response_time',
	'$upstream_bytes_sent',
];
export const nginxLogFormat = (name: string): string => `log_format ${name} '${FIELDS.join('\\t')}';`;

/** One server that nginx tried. Times in ms, null where nginx wrote `-`: not reached. */
export interface NginxTry {
	/** host:port, or the upstream's name when no server of it was live. */
	address: string;
	status: number | null;
	connectMs: number | null;
	headerMs: number | null;
	responseMs: number | null;
	bytesSent: number | null;
}
export interface NginxLine {
	id: string;
	/** Wall clock, ms since 1970, when the request had ended. */
	endedAt: number;
	status: number;
	tries: NginxTry[];
}

const list = (field: string): string[] => (field === '-' || field === '' ? [] : field.split(/, | : /));
const number = (text: string | undefined, factor = 1): number | null => (text === undefined || text === '-' || text === '' ? null : Number(text) * factor);

/** Reads one line of the witness' log; null when it is none (cut off, or another format). */
export const parseNginxLine = (line: string): NginxLine | null => {
	const [id, msec, status, addresses, ...columns] = line.split('\t');
	if (columns.length !== 5 || !id || id === '-' || !Number.isFinite(Number(msec)) || addresses === undefined) return null;
	const [statuses, connects, headers, responses, bytes] = columns.map(list) as [string[], string[], string[], string[], string[]];
	const tries = list(addresses).map((address, i) => ({
		address,
		status: number(statuses[i]),
		connectMs: number(connects[i], 1000),
		headerMs: number(headers[i], 1000),
		responseMs: number(responses[i], 1000),
		bytesSent: number(bytes[i]),
	}));
	return { id, endedAt: Number(msec) * 1000, status: Number(status), tries };
};

/** A place that can be connected to: an upstream's bare name stands for "no live server", which is no attempt. */
const isAddress = (address: string): boolean => /:\d+$/.test(address) || address.startsWith('unix:');

/**
 * The attempts behind one logical request. Tries follow each other without a gap, so their times are counted back from
 * the end; `toRun` brings wall clock to the run's. Addresses that are no node (a second hop inside the same nginx) count
 * only where no node was tried at all.
 */
export const nginxAttempts = (
	lines: readonly NginxLine[],
	request: RequestEvent,
	nodeOf: (address: string) => string | null,
	toRun: (wallMs: number) => number,
): AttemptEvent[] => {
	const all = lines.flatMap((line) => {
		let end = toRun(line.endedAt);
		const placed = [];
		for (const [i, one] of [...line.tries.entries()].reverse()) {
			const begin = end - (one.responseMs ?? 0);
			if (isAddress(one.address)) placed.push({ one, begin, end, last: i === line.tries.length - 1, node: nodeOf(one.address) });
			end = begin;
		}
		return placed.reverse();
	});
	const atNodes = all.filter((a) => a.node !== null);
	return (atNodes.length > 0 ? atNodes : all)
		.map(({ one, begin, end, last, node }): Omit<AttemptEvent, 'n'> => {
			const t = Math.max(begin, request.sentMs);
			return { kind: 'attempt', t, endMs: Math.max(end, t), id: request.id, node, ...outcomeOf(one, last, request), by: 'nginx' };
		})
		.sort((a, b) => a.t - b.t)
		.map((attempt, i) => ({ ...attempt, n: i + 1 }));
};

const outcomeOf = (one: NginxTry, last: boolean, request: RequestEvent): Pick<AttemptEvent, 'outcome' | 'status' | 'error'> => {
	if (one.headerMs === null) {
		if (one.bytesSent === 0) return { outcome: 'unsent', error: one.status === 504 ? 'connect-timeout' : 'connect' };
		if (one.bytesSent === null) return { outcome: 'unknown' };
		return { outcome: 'failed', error: one.status === null ? 'abandoned' : one.status === 504 ? 'timeout' : 'no-answer' };
	}
	const status = one.status === null ? {} : { status: one.status };
	if (!last) return { outcome: 'failed', ...status };
	if (request.status === undefined) return { outcome: 'unknown', ...status };
	return { outcome: request.outcome === 'ok' ? 'ok' : 'failed', ...status };
};
