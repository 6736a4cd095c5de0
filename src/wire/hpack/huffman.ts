import { textOf } from './field.js';

/** Bits of each symbol's code, 0…255 and EOS (RFC 7541, appendix B). The code is canonical: the lengths say it all. */
const LENGTHS = [
	13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11,
	10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7,
	8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
	22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23,
	23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26,
	27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27,
	27, 27, 26, 30,
];
const EOS = 256;
const NODES = 256;
/** A state that cannot be left: EOS was read. */
const FAILED = NODES;

const CODES: readonly number[] = (() => {
	const order = LENGTHS.map((_, symbol) => symbol).sort((a, b) => (LENGTHS[a] as number) - (LENGTHS[b] as number) || a - b);
	const codes: number[] = [];
	let code = 0;
	let bits = 0;
	for (const symbol of order) {
		const length = LENGTHS[symbol] as number;
		code <<= length - bits;
		bits = length;
		codes[symbol] = code++;
	}
	return codes;
})();

/**
 * A machine that reads four bits at a time: no code is shorter than five, so a step ends one symbol at most.
 * `next[state × 16 + nibble]` is a state, `symbol[…]` what has ended, or -1. `padding[state]`: fewer than eight bits,
 * all ones, were read since a symbol's end.
 */
const MACHINE = (() => {
	// Children of each inner node of the code's tree: ≥ 0 a node, < 0 a symbol as -1 - symbol.
	const children: [number | null, number | null][] = [[null, null]];
	const padding = new Uint8Array(NODES + 1);
	for (let symbol = 0; symbol <= EOS; symbol++) {
		let node = 0;
		for (let bit = (LENGTHS[symbol] as number) - 1; bit > 0; bit--) {
			const pair = children[node] as [number | null, number | null];
			const side = ((CODES[symbol] as number) >> bit) & 1;
			if (pair[side] === null) pair[side] = children.push([null, null]) - 1;
			node = pair[side] as number;
		}
		(children[node] as [number | null, number | null])[(CODES[symbol] as number) & 1] = -1 - symbol;
	}
	for (let node = 0, depth = 0; depth < 8; depth++) {
		padding[node] = 1;
		node = children[node]?.[1] as number;
	}
	const next = new Uint16Array((NODES + 1) * 16).fill(FAILED);
	const symbols = new Int16Array((NODES + 1) * 16).fill(-1);
	for (let state = 0; state < NODES; state++) {
		for (let nibble = 0; nibble < 16; nibble++) {
			let node = state;
			for (let bit = 3; bit >= 0 && node !== FAILED; bit--) {
				const child = children[node]?.[(nibble >> bit) & 1] as number;
				if (child === -1 - EOS) node = FAILED;
				else if (child < 0) {
					symbols[state * 16 + nibble] = -1 - child;
					node = 0;
				} else node = child;
			}
			next[state * 16 + nibble] = node;
		}
	}
	return { next, symbols, padding };
})();

/** Null: an EOS in it, or padding that is none (RFC 7541, 5.2). At most 8/5 characters per byte. */
export const huffmanDecode = (bytes: Uint8Array, from: number, to: number): string | null => {
	const { next, symbols, padding } = MACHINE;
	const text = new Uint8Array(Math.ceil(((to - from) * 8) / 5));
	let length = 0;
	let state = 0;
	for (let i = from; i < to; i++) {
		const byte = bytes[i] as number;
		const high = state * 16 + (byte >> 4);
		const first = symbols[high] as number;
		if (first >= 0) text[length++] = first;
		const low = (next[high] as number) * 16 + (byte & 15);
		const second = symbols[low] as number;
		if (second >= 0) text[length++] = second;
		state = next[low] as number;
	}
	return padding[state] === 1 ? textOf(text, 0, length) : null;
};

/** Bytes that {@link huffmanEncode} will take. */
export const huffmanLength = (text: string): number => {
	let bits = 0;
	for (let i = 0; i < text.length; i++) bits += LENGTHS[text.charCodeAt(i) & 255] as number;
	return (bits + 7) >> 3;
};

/** Writes to `out` from `at`; returns the index behind it. */
export const huffmanEncode = (text: string, out: Uint8Array, at: number): number => {
	let held = 0;
	let bits = 0;
	let to = at;
	for (let i = 0; i < text.length; i++) {
		const symbol = text.charCodeAt(i) & 255;
		const length = LENGTHS[symbol] as number;
		// Fewer than 8 bits are held and no code has more than 30: in two halves, so that 32 bits suffice.
		const half = length > 16 ? length - 16 : 0;
		const code = CODES[symbol] as number;
		if (half > 0) {
			held = (held << half) | (code >>> 16);
			bits += half;
			while (bits >= 8) {
				bits -= 8;
				out[to++] = (held >>> bits) & 255;
			}
		}
		const rest = length - half;
		held = ((held & 255) << rest) | (code & ((1 << rest) - 1));
		bits += rest;
		while (bits >= 8) {
			bits -= 8;
			out[to++] = (held >>> bits) & 255;
		}
	}
	if (bits > 0) out[to++] = ((held << (8 - bits)) | (255 >>> bits)) & 255;
	return to;
};
