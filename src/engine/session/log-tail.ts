import { open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { LogOptions } from './session.js';

const PIECE = 64 * 1024;
const EVERY_MS = 150;

/** Where the last `lines` lines of so many bytes begin. */
const lastLines = async (file: Awaited<ReturnType<typeof open>>, size: number, lines: number): Promise<number> => {
	const buffer = Buffer.alloc(PIECE);
	let found = 0;
	for (let end = size; end > 0; ) {
		const from = Math.max(0, end - PIECE);
		const { bytesRead } = await file.read(buffer, 0, end - from, from);
		for (let i = bytesRead - 1; i >= 0; i--) {
			// The line break at the very end begins no line.
			if (buffer[i] === 10 && from + i !== size - 1 && ++found === lines) return from + i + 1;
		}
		end = from;
	}
	return 0;
};

/** A log in pieces, whole characters each; with `follow` what is appended, too, until `over` resolves. A file that is not there yet is empty. */
export async function* tailLog(path: string, { follow = false, lines, signal }: LogOptions, over: Promise<unknown>): AsyncGenerator<string> {
	let ended = false;
	const stop = new AbortController();
	const end = (): void => {
		ended = true;
		stop.abort();
	};
	void over.then(end, end);
	if (signal?.aborted) end();
	signal?.addEventListener('abort', end, { once: true });
	const text = new TextDecoder();
	const buffer = Buffer.alloc(PIECE);
	let at = -1;
	try {
		for (;;) {
			// Asked before reading, so that what was written until the end is still read.
			const last = ended || !follow;
			const file = await open(path, 'r').catch(() => null);
			if (file) {
				try {
					const { size } = await file.stat();
					if (at === -1) at = lines === undefined ? 0 : lines <= 0 ? size : await lastLines(file, size, lines);
					for (;;) {
						const { bytesRead } = await file.read(buffer, 0, PIECE, at);
						if (bytesRead === 0 || signal?.aborted) break;
						at += bytesRead;
						const piece = text.decode(buffer.subarray(0, bytesRead), { stream: true });
						if (piece !== '') yield piece;
					}
				} finally {
					await file.close();
				}
			}
			if (last) return;
			await pause(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {});
		}
	} finally {
		signal?.removeEventListener('abort', end);
	}
}
