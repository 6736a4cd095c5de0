import { DynamicTable } from './dynamic-table.js';
import { type Field, fieldSize } from './field.js';
import { huffmanEncode, huffmanLength } from './huffman.js';
import { STATIC, STATIC_FIELDS, STATIC_NAMES } from './static-table.js';

/** Values that hardly ever come twice would only drive others out of the table. */
const FLEETING = new Set([
	':path',
	'age',
	'content-length',
	'content-range',
	'date',
	'etag',
	'if-modified-since',
	'if-none-match',
	'last-modified',
	'location',
]);

export interface EncoderOptions {
	/** The most that it will ever use of what the decoder allows; 0: no dynamic table, so that blocks do not depend on one another. */
	tableSize?: number;
	/** Texts are Huffman-coded where that is shorter. */
	huffman?: boolean;
}

const keyOf = (field: Field): string => `${field.name}\0${field.value}`;

/** Writes the header blocks of one direction of a connection (RFC 7541), which must be sent in the order of the calls. */
export class HpackEncoder {
	private readonly cap: number;
	private readonly huffman: boolean;
	private readonly table: DynamicTable;
	/** Ordinals in the dynamic table, of whole fields and of names. */
	private readonly fields = new Map<string, number>();
	private readonly names = new Map<string, number>();
	/** The decoder's limit; 4096 until its SETTINGS say otherwise (RFC 9113, 6.5.2). */
	private limit = 4096;
	/** The smallest limit since the last block: it must be announced even if it has grown again (RFC 7541, 4.2). */
	private lowest = 4096;
	private out: Uint8Array = new Uint8Array(0);
	private to = 0;

	constructor({ tableSize = 4096, huffman = true }: EncoderOptions = {}) {
		this.cap = tableSize;
		this.huffman = huffman;
		this.table = new DynamicTable(4096, (field, ordinal) => this.forget(field, ordinal));
	}

	/** The decoder's SETTINGS_HEADER_TABLE_SIZE. */
	setTableLimit(limit: number): void {
		this.limit = limit;
		this.lowest = Math.min(this.lowest, limit);
	}

	encode(list: readonly Field[]): Uint8Array {
		this.begin(list);
		this.announce();
		return this.block(list);
	}

	private begin(list: readonly Field[]): void {
		let most = 16;
		for (const field of list) most += fieldSize(field);
		this.out = new Uint8Array(most);
		this.to = 0;
	}
	private block(list: readonly Field[]): Uint8Array {
		for (const field of list) this.field(field);
		const block = this.out.subarray(0, this.to);
		this.out = new Uint8Array(0);
		return block;
	}

	/**
	 * A block that stands between those of another encoder, whose table it neither uses nor changes: only what that one
	 * owes the decoder ({@link HpackDecoder.owes}) is said in its stead, and it will say it again.
	 */
	static between(list: readonly Field[], owed: number | null): Uint8Array {
		const encoder = new HpackEncoder();
		encoder.begin(list);
		if (owed !== null) encoder.integer(0x20, 5, owed);
		// No field is small enough for a table of no bytes.
		encoder.table.resize(0);
		return encoder.block(list);
	}

	private announce(): void {
		const lowest = Math.min(this.lowest, this.cap);
		const size = Math.min(this.limit, this.cap);
		this.lowest = this.limit;
		if (lowest < this.table.maxSize) {
			this.table.resize(lowest);
			this.integer(0x20, 5, lowest);
		}
		if (size === this.table.maxSize) return;
		this.table.resize(size);
		this.integer(0x20, 5, size);
	}

	private field(field: Field): void {
		const key = keyOf(field);
		const never = field.never === true;
		if (!never) {
			const whole = STATIC_FIELDS.get(key) ?? this.index(this.fields.get(key));
			if (whole !== undefined) {
				this.integer(0x80, 7, whole);
				return;
			}
		}
		const name = STATIC_NAMES.get(field.name) ?? this.index(this.names.get(field.name)) ?? 0;
		const adds = !never && !FLEETING.has(field.name) && fieldSize(field) * 2 <= this.table.maxSize;
		if (adds) this.integer(0x40, 6, name);
		else this.integer(never ? 0x10 : 0, 4, name);
		if (name === 0) this.text(field.name);
		this.text(field.value);
		if (!adds) return;
		const ordinal = this.table.added;
		this.table.add(never ? field : { name: field.name, value: field.value });
		this.fields.set(key, ordinal);
		this.names.set(field.name, ordinal);
	}

	private index(ordinal: number | undefined): number | undefined {
		return ordinal === undefined ? undefined : STATIC.length + this.table.added - ordinal;
	}
	private forget(field: Field, ordinal: number): void {
		const key = keyOf(field);
		if (this.fields.get(key) === ordinal) this.fields.delete(key);
		if (this.names.get(field.name) === ordinal) this.names.delete(field.name);
	}

	private integer(flags: number, prefix: number, value: number): void {
		const max = (1 << prefix) - 1;
		if (value < max) {
			this.out[this.to++] = flags | value;
			return;
		}
		this.out[this.to++] = flags | max;
		let rest = value - max;
		for (; rest >= 128; rest >>>= 7) this.out[this.to++] = (rest & 127) | 128;
		this.out[this.to++] = rest;
	}

	private text(text: string): void {
		const short = this.huffman ? huffmanLength(text) : text.length;
		if (short < text.length) {
			this.integer(0x80, 7, short);
			this.to = huffmanEncode(text, this.out, this.to);
			return;
		}
		this.integer(0, 7, text.length);
		for (let i = 0; i < text.length; i++) this.out[this.to++] = text.charCodeAt(i) & 255;
	}
}
