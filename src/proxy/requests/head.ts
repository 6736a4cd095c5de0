import type { Http1Head } from '../../wire/http1.js';
import type { Client } from '../toxics/scope.js';
import { grpcMethodOf, type Header, type HeaderChange, type MadeUpAnswer, type RequestFacts } from './plan.js';

const latin1 = (raw: Uint8Array): string => Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('latin1');

/** Of a whole head that the parser has accepted, its last empty line included. */
const headerLines = (raw: Uint8Array): { start: string; lines: string[] } => {
	const text = latin1(raw);
	const from = /^[\r\n]*/.exec(text)?.[0].length ?? 0;
	const eol = text.indexOf('\r\n', from) + 2;
	return {
		start: text.slice(0, eol),
		lines: text
			.slice(eol, -4)
			.split('\r\n')
			.filter((line) => line !== ''),
	};
};
const nameOf = (line: string): string => line.slice(0, line.indexOf(':')).toLowerCase();

export const factsOf = (raw: Uint8Array, { method, path }: Http1Head, conn: number, client: Client): RequestFacts => {
	const headers = headerLines(raw).lines.map((line): Header => [nameOf(line), line.slice(line.indexOf(':') + 1).trim()]);
	const grpcMethod = grpcMethodOf(path, headers);
	return { protocol: 'http/1.1', method, path, headers, conn, client, ...(grpcMethod !== undefined && { grpcMethod }) };
};

/** What is set stands where the first of its name stood, or at the end; all other lines stay as they are, byte for byte. */
export const changedHead = (raw: Uint8Array, { set, remove }: HeaderChange): Buffer => {
	const { start, lines } = headerLines(raw);
	const left = [...set];
	const named = new Set(set.map(([name]) => name.toLowerCase()));
	const take = (name: string): string[] =>
		left
			.filter(([key]) => key.toLowerCase() === name)
			.map((header) => {
				left.splice(left.indexOf(header), 1);
				return `${header[0]}: ${header[1]}`;
			});
	const kept = lines.flatMap((line) => {
		const name = nameOf(line);
		if (named.has(name)) return take(name);
		return remove.includes(name) ? [] : [line];
	});
	const all = [...kept, ...left.map(([name, value]) => `${name}: ${value}`)];
	return Buffer.from(`${start}${all.map((line) => `${line}\r\n`).join('')}\r\n`, 'latin1');
};

/** The data of a whole chunked body, as the parser has accepted it (RFC 9112, 7.1). */
export const unchunked = (raw: Uint8Array): Uint8Array => {
	const pieces: Uint8Array[] = [];
	for (let at = 0; at < raw.length; ) {
		const eol = raw.indexOf(10, at) + 1;
		const size = Number.parseInt(latin1(raw.subarray(at, eol)), 16);
		if (!(size > 0) || eol === 0) break;
		pieces.push(raw.subarray(eol, eol + size));
		at = eol + size + 2;
	}
	return Buffer.concat(pieces);
};

/** As bytes, with an exact length (none where status or HEAD forbid a body), and what becomes of the connection. */
export const writtenAnswer = (
	answer: MadeUpAnswer,
	reason: string,
	{ method, keepAlive }: { method: string; keepAlive: boolean },
	change: HeaderChange | undefined,
): { head: Buffer; body: Uint8Array } => {
	const bodiless = answer.status === 204 || answer.status === 304;
	const headers: Header[] = [
		...answer.headers,
		...(bodiless ? [] : [['content-length', String(answer.body.length)] as const]),
		['connection', keepAlive ? 'keep-alive' : 'close'],
	];
	const head = Buffer.from(`HTTP/1.1 ${answer.status} ${reason}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 'latin1');
	return { head: change ? changedHead(head, change) : head, body: bodiless || method === 'HEAD' ? new Uint8Array(0) : answer.body };
};
