import { type Field, fieldSize } from './field.js';

/** The newest entries that fit (RFC 7541, 2.3.2 and 4); position 0 is the newest. */
export class DynamicTable {
	/** Entries that were ever added: the ordinal of the next one. */
	added = 0;
	size = 0;
	private entries: Field[] = [];
	private first = 0;
	private max: number;
	private readonly onEvict: ((field: Field, ordinal: number) => void) | null;

	constructor(max: number, onEvict: ((field: Field, ordinal: number) => void) | null = null) {
		this.max = max;
		this.onEvict = onEvict;
	}

	get maxSize(): number {
		return this.max;
	}
	get length(): number {
		return this.entries.length - this.first;
	}

	at(position: number): Field | undefined {
		return position < this.length ? this.entries[this.entries.length - 1 - position] : undefined;
	}

	resize(max: number): void {
		this.max = max;
		this.shrinkTo(max);
	}

	/** False: it is larger than the whole table, which is empty now. */
	add(field: Field): boolean {
		const size = fieldSize(field);
		this.shrinkTo(Math.max(0, this.max - size));
		if (size > this.max) return false;
		this.entries.push(field);
		this.added++;
		this.size += size;
		return true;
	}

	private shrinkTo(size: number): void {
		while (this.size > size) {
			const oldest = this.entries[this.first] as Field;
			this.onEvict?.(oldest, this.added - this.length);
			this.entries[this.first++] = undefined as never;
			this.size -= fieldSize(oldest);
		}
		if (this.first < 32 || this.first * 2 < this.entries.length) return;
		this.entries = this.entries.slice(this.first);
		this.first = 0;
	}
}
