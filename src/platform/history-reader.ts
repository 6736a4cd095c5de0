import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { usageError } from '../model/errors.js';
import type { Event, HeaderEvent } from '../model/event.js';

const parse = (line: string): Event | null => {
	try {
		const event = JSON.parse(line) as Event;
		return typeof event === 'object' && event !== null && typeof event.kind === 'string' && Number.isFinite(event.t) ? event : null;
	} catch {
		return null;
	}
};

/**
 * Streams a history file (V8 strings end at 512 MiB) and sorts it by time; events of one instant keep file order.
 * Lines that are no events (torn by a full disk, or written by a foreign replica) are counted into one `note` with
 * `damaged`, which the judge takes into account. Throws usageError if the file is no history at all.
 */
export const readHistory = async (file: string): Promise<Event[]> => {
	const events: Event[] = [];
	let damaged = 0;
	const source = createReadStream(file, 'utf8');
	const failed = new Promise<never>((_, reject) => {
		source.once('error', (error: NodeJS.ErrnoException) =>
			reject(usageError('E_HISTORY', `${file}: cannot be read (${error.code})`, 'name a run, as `daruma runs` lists them')),
		);
	});
	failed.catch(() => {});
	const lines = createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY });
	const read = async (): Promise<void> => {
		for await (const line of lines) {
			if (line === '') continue;
			const event = parse(line);
			if (event === null) damaged += 1;
			else events.push(event);
		}
	};
	await Promise.race([read(), failed]);
	const header = events[0] as HeaderEvent | undefined;
	if (header?.kind !== 'header' || header.schema !== 'daruma.history/1') {
		throw usageError('E_HISTORY', `${file}: not a history that this daruma can read`, 'expected a first line with "schema":"daruma.history/1"');
	}
	events.sort((a, b) => a.t - b.t);
	if (damaged > 0) events.push({ kind: 'note', t: events.at(-1)?.t ?? 0, text: `${damaged} lines of the history could not be read`, damaged });
	return events;
};
