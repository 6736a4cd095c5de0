import { HpackDecoder } from '../../wire/hpack/decoder.js';
import { SETTING, type Setting } from '../../wire/http2/frame.js';

/** A header list, and its block, may be so long: what common servers take, several times over. */
export const MAX_LIST = 262_144;
/** A peer may use a larger table than this only unread. */
const MAX_TABLE = 1024 * 1024;
const MAX_PENDING = 1000;

/** The decoder of one direction, whose table is as large as its reader's SETTINGS allow: what was announced holds once the writer has acknowledged it. */
export class Table {
	readonly decoder: HpackDecoder = new HpackDecoder(4096, MAX_LIST);
	private limit = 4096;
	private readonly pending: (number | null)[] = [];

	/** The reader's SETTINGS. False: too many are not acknowledged. */
	announced(settings: readonly Setting[]): boolean {
		let size: number | null = null;
		for (const [id, value] of settings) if (id === SETTING.headerTableSize) size = Math.min(value, MAX_TABLE);
		// More is allowed from when the writer read it, which is before its acknowledgement is heard here.
		if (size !== null && size > this.limit) this.set(size);
		return this.pending.push(size) <= MAX_PENDING;
	}
	/** The writer's acknowledgement of the oldest of them. */
	acknowledged(): void {
		const size = this.pending.shift() ?? null;
		if (size !== null) this.set(size);
	}

	private set(size: number): void {
		this.limit = size;
		this.decoder.setTableLimit(size);
	}
}
