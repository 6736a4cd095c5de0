import { type Decoded, HpackDecoder } from './decoder.js';
import type { Field } from './field.js';

/** Blocks of at most so many bytes, and so many of them, are remembered. */
const MOST_BYTES = 6;
const MOST_BLOCKS = 16;

/**
 * A decoder for connections on which the same answer comes again and again: once its fields are in the table, a block is
 * a few indices, and the same indices over the same table are the same fields (the very same array, for whoever compares).
 */
export class RepeatedBlocks {
	private readonly decoder: HpackDecoder;
	private readonly known = new Map<number, readonly Field[]>();

	constructor(tableLimit?: number, listLimit?: number) {
		this.decoder = new HpackDecoder(tableLimit, listLimit);
	}

	/** The fields of the block `bytes[from…to)`, if it changes no table and came before; null: decode it. */
	recall(bytes: Uint8Array, from: number, to: number): readonly Field[] | null {
		const key = keyOf(bytes, from, to);
		return key < 0 ? null : (this.known.get(key) ?? null);
	}

	decode(block: Uint8Array): Decoded {
		const read = this.decoder.decode(block);
		const key = keyOf(block, 0, block.length);
		// Whatever is no index may change the table, and with it what the others mean.
		if (key < 0) this.known.clear();
		else if (read.ok && !read.tooLarge && this.known.size < MOST_BLOCKS) this.known.set(key, read.fields);
		return read;
	}
}

/** One number for a block of nothing but one-byte indices (RFC 7541, 6.1); -1 for any other. */
const keyOf = (bytes: Uint8Array, from: number, to: number): number => {
	if (to - from > MOST_BYTES || to === from) return -1;
	let key = 1;
	for (let i = from; i < to; i++) {
		const byte = bytes[i] as number;
		if (byte < 0x80 || byte === 0xff) return -1;
		key = key * 128 + (byte & 127);
	}
	return key;
};
