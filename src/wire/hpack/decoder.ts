import { DynamicTable } from './dynamic-table.js';
import { type Field, fieldSize, textOf } from './field.js';
import { huffmanDecode } from './huffman.js';
import { STATIC } from './static-table.js';

/** `tooLarge`: the list went beyond its limit; the fields from there on were read, for the table, and not kept. */
export type Decoded = { ok: true; fields: Field[]; size: number; tooLarge: boolean } | { ok: false; why: string };

class Broken extends Error {}
const NOTHING = new Uint8Array(0);

/**
 * Reads the header blocks of one direction of a connection (RFC 7541), each whole, in their order. It never throws; a
 * block that cannot be read leaves it unusable, as the table is no longer known (COMPRESSION_ERROR, RFC 9113, 4.3).
 * It holds at most `tableLimit` bytes, and a list of at most `listLimit`, both counted with 32 bytes per field.
 */
export class HpackDecoder {
	private readonly table: DynamicTable;
	private limit: number;
	private readonly listLimit: number;
	/** The smallest limit since the encoder last spoke of sizes, if it is below what it uses: it must say so first. */
	private owed: number | null = null;
	private broken = '';
	private bytes: Uint8Array = NOTHING;
	private at = 0;

	/** `tableLimit`: the SETTINGS_HEADER_TABLE_SIZE that the encoder was told. */
	constructor(tableLimit = 4096, listLimit = 65_536) {
		this.limit = tableLimit;
		this.listLimit = listLimit;
		this.table = new DynamicTable(Math.min(tableLimit, 4096));
	}

	/** A new SETTINGS_HEADER_TABLE_SIZE, once the encoder has acknowledged it. */
	setTableLimit(limit: number): void {
		this.limit = limit;
		if (limit < this.table.maxSize) this.owed = Math.min(limit, this.owed ?? limit);
	}

	/** The next block must begin with a table of this size (RFC 7541, 4.2); null: it need not. */
	get owes(): number | null {
		return this.owed;
	}
	get tableSize(): number {
		return this.table.size;
	}

	decode(block: Uint8Array): Decoded {
		if (this.broken !== '') return { ok: false, why: this.broken };
		this.bytes = block;
		this.at = 0;
		try {
			return this.list();
		} catch (error) {
			if (!(error instanceof Broken)) throw error;
			this.broken = error.message;
			return { ok: false, why: this.broken };
		} finally {
			this.bytes = NOTHING;
		}
	}

	private list(): Decoded {
		const { bytes } = this;
		while (this.at < bytes.length && ((bytes[this.at] as number) & 0xe0) === 0x20) this.resize();
		if (this.owed !== null && bytes.length > 0) throw new Broken('a smaller table was not acknowledged');
		const fields: Field[] = [];
		let size = 0;
		let tooLarge = false;
		while (this.at < bytes.length) {
			const field = this.field(bytes[this.at] as number);
			size += fieldSize(field);
			tooLarge ||= size > this.listLimit;
			if (!tooLarge) fields.push(field);
		}
		return { ok: true, fields, size, tooLarge };
	}

	private field(first: number): Field {
		if (first >= 0x80) return this.indexed(this.integer(7));
		if (first >= 0x40) {
			const field = this.literal(6, false);
			this.table.add(field);
			return field;
		}
		if (first >= 0x20) throw new Broken('a table size update behind a field');
		return this.literal(4, first >= 0x10);
	}

	private literal(prefix: number, never: boolean): Field {
		const index = this.integer(prefix);
		const name = index === 0 ? this.text() : this.indexed(index).name;
		const value = this.text();
		return never ? { name, value, never } : { name, value };
	}

	private indexed(index: number): Field {
		const field = index <= STATIC.length ? STATIC[index - 1] : this.table.at(index - STATIC.length - 1);
		if (!field) throw new Broken('an index that is in no table');
		return field;
	}

	private resize(): void {
		const size = this.integer(5);
		if (size > this.limit) throw new Broken('a table larger than allowed');
		this.table.resize(size);
		this.owed = null;
	}

	/** RFC 7541, 5.1; up to 2^28, which no length or index here can reach. */
	private integer(prefix: number): number {
		const { bytes } = this;
		const max = (1 << prefix) - 1;
		let value = (bytes[this.at++] as number) & max;
		if (value < max) return value;
		for (let shift = 0; ; shift += 7) {
			const byte = bytes[this.at++];
			if (byte === undefined) throw new Broken('a block that ends inside a number');
			if (shift > 21) throw new Broken('a number that is too large');
			value += (byte & 127) << shift;
			if (byte < 128) return value;
		}
	}

	private text(): string {
		const { bytes } = this;
		const first = bytes[this.at];
		if (first === undefined) throw new Broken('a block that ends inside a field');
		const length = this.integer(7);
		const from = this.at;
		const to = from + length;
		if (to > bytes.length) throw new Broken('a block that ends inside a text');
		this.at = to;
		if (first >= 0x80) {
			const text = huffmanDecode(bytes, from, to);
			if (text === null) throw new Broken('a text whose Huffman code is wrong');
			return text;
		}
		return textOf(bytes, from, to);
	}
}
