/**
 * Requests and answers over a stream, one JSON object a line, each with the id of its request:
 *
 *   → {"id":1,"method":"status","params":null}        ← {"id":1,"result":{…}}
 *   → {"id":2,"method":"logs","params":{…}}           ← {"id":2,"item":"…"} … {"id":2,"result":null}
 *   → {"id":2,"cancel":true}                          ← {"id":3,"error":{"code":"E_…","exit":4,"message":"…","hint":"…"}}
 */
import type { Socket } from 'node:net';
import { DarumaError, EXIT, type ExitCode } from '../model/errors.js';

export interface Call {
	id: number;
	method: string;
	params: unknown;
}
export type Request = Call | { id: number; cancel: true };
export type Reply = { id: number; result: unknown } | { id: number; item: unknown } | { id: number; error: CrossedError };
export interface CrossedError {
	code: string;
	exit: number;
	message: string;
	hint?: string;
}

/** Characters; a status of fifty nodes is a hundredth of it. */
const LONGEST = 4 * 1024 * 1024;

/** Hears whole lines as JSON objects; a line that is none, or has no end, ends the connection. */
export const hearLines = (socket: Socket, heard: (message: object) => void): void => {
	let rest = '';
	socket.setEncoding('utf8').on('data', (text: string) => {
		const lines = (rest + text).split('\n');
		rest = lines.pop() as string;
		if (rest.length > LONGEST) socket.destroy();
		for (const line of lines) {
			if (line.trim() === '' || socket.destroyed) continue;
			const message = parsed(line);
			if (message === null) socket.destroy();
			else heard(message);
		}
	});
};

const parsed = (line: string): object | null => {
	try {
		const message: unknown = JSON.parse(line);
		return typeof message === 'object' && message !== null && Number.isInteger((message as { id?: unknown }).id) ? message : null;
	} catch {
		return null;
	}
};

export const say = (socket: Socket, message: Request | Reply): boolean => socket.destroyed || socket.write(`${JSON.stringify(message)}\n`);

export const toCross = (thrown: unknown): CrossedError => {
	if (thrown instanceof DarumaError) {
		const { code, exit, message, hint } = thrown;
		return { code, exit, message, ...(hint !== undefined && { hint }) };
	}
	return { code: 'E_BUG', exit: EXIT.bug, message: thrown instanceof Error ? thrown.message : String(thrown) };
};

export const fromCrossed = ({ code, exit, message, hint }: CrossedError): DarumaError => new DarumaError(code, exit as ExitCode, message, hint);
