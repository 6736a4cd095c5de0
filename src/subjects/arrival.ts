import { open } from 'node:fs/promises';
import type { Destination } from '../model/endpoint.js';
import type { ReceiptEvent } from '../model/event.js';
import { type HttpRequest, openSender, type Sender } from '../traffic/send.js';
import { stamp } from '../workload/correlate.js';
import { reveal } from '../workload/secrets.js';
import type { Stage } from './subject.js';

const TRY_MS = 2000;
const EVERY_MS = 200;
/** What a receipt may take to be read again from the history. */
const SETTLE_MS = 100;

/**
 * Sends the first request of the mix that may be sent twice (or a GET in its place) until one of them is received by a node: `node` is who received it, or null after
 * `withinMs`. One that lost its id counts by its method and path: whether ids survive is judged later.
 */
export const arrival = async (to: Destination, stage: Stage, id: string, withinMs: number): Promise<{ node: string | null; last: string }> => {
	const { clock, history, traffic } = stage;
	const first = traffic?.mix[0];
	const plain = { method: 'GET', path: first?.path ?? '/', headers: first?.headers ?? {}, body: null };
	const entry = traffic?.mix.find((each) => each.idempotent) ?? plain;
	const headers = Object.fromEntries(Object.entries(entry.headers).map(([name, value]) => [name, reveal(value, process.env)]));
	const sender = await openSender('fresh');
	const limit = clock.now() + withinMs;
	let last = 'none';
	try {
		for (;;) {
			const from = clock.now();
			const bare = {
				method: entry.method,
				path: entry.path,
				body: entry.body === null ? null : reveal(entry.body, process.env),
				headers: { ...headers, 'x-daruma-id': id },
			};
			const request = traffic?.correlate?.kind === 'trace' ? bare : stamp(bare, id, traffic?.correlate, 0);
			last = await send(sender, to, request);
			await pause(SETTLE_MS);
			const node = await receiver(history, id, entry, from);
			if (node !== null || clock.now() >= limit) return { node, last };
			await pause(EVERY_MS);
		}
	} finally {
		await sender.close();
	}
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const send = (sender: Sender, to: Destination, request: HttpRequest): Promise<string> =>
	new Promise((resolve) => {
		const under = sender.send(to, request, (result) => {
			clearTimeout(timer);
			resolve(result.kind === 'answered' ? `status ${result.status}` : result.error);
		});
		const timer = setTimeout(() => {
			under.abandon();
			resolve('timeout');
		}, TRY_MS);
	});

/** Receipts are on disk before a byte moves on, so the end of the file holds them. */
const receiver = async (history: string, id: string, sent: { method: string; path: string }, fromMs: number): Promise<string | null> => {
	const file = await open(history, 'r');
	try {
		const { size } = await file.stat();
		const bytes = Math.min(size, 1 << 20);
		const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
		for (const line of buffer.toString('utf8').split('\n')) {
			if (!line.includes('"receipt"')) continue;
			const event = parse(line);
			if (event?.kind !== 'receipt') continue;
			const alike = event.t >= fromMs && event.method === sent.method && bare(event.path) === bare(sent.path);
			if (event.id === id || alike) return event.node;
		}
		return null;
	} finally {
		await file.close();
	}
};

const bare = (path: string): string => path.split('?')[0] as string;

const parse = (line: string): ReceiptEvent | null => {
	try {
		return JSON.parse(line) as ReceiptEvent;
	} catch {
		return null;
	}
};
