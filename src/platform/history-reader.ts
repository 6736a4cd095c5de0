import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { usageError } from '../model/errors.js';
import type { Event, HeaderEvent } from '../model/event.js';

/**
 * Streams a history file (V8 strings end at 512 MiB) and sorts it by time; events of one instant keep file order.
 * A torn last line (a writer was killed) is dropped; any other line that is no JSON is an error with its number.
 */
export const readHistory = async (file: string): Promise<Event[]> => {
	const events: Event[] = [];
	let number = 0;
	let bad: { number: number; text: string } | undefined;
	const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
	for await (const line of lines) {
		number += 1;
		if (line === '') continue;
		if (bad) throw usageError('E_HISTORY', `${file}:${bad.number}: not a history line: ${bad.text.slice(0, 80)}`);
		try {
			events.push(JSON.parse(line) as Event);
		} catch {
			bad = { number, text: line };
		}
	}
	const header = events[0] as HeaderEvent | undefined;
	if (header?.kind !== 'header' || header.schema !== 'daruma.history/1') {
		throw usageError('E_HISTORY', `${file}: not a history that this daruma can read`, 'expected a first line with "schema":"daruma.history/1"');
	}
	return events.sort((a, b) => a.t - b.t);
};
