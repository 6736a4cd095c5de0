import type { WatchEvent } from '../../checks/watch/events.js';

/** More digits than µs would only be noise. */
const rounded = (_: string, value: unknown): unknown => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value);

/** One event as one line of NDJSON: schemas/watch.schema.json. */
export const eventJson = (event: WatchEvent): string => `${JSON.stringify(event, rounded)}\n`;
