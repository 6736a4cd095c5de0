const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

const turn = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

const encoder = new TextEncoder();
/** A key is hashed once per node in a row, so its bytes are kept. */
let last = { text: '', bytes: new Uint8Array() };
const bytesOf = (text: string): Uint8Array => {
	if (text !== last.text) last = { text, bytes: encoder.encode(text) };
	return last.bytes;
};

/** xxHash32 (Collet, xxHash spec 0.1.1) of the UTF-8 bytes: 32 well-mixed bits, which FNV has not for names that differ in their last digit. */
export const hash = (text: string, seed = 0): number => {
	const bytes = bytesOf(text);
	const { length } = bytes;
	const word = (at: number): number =>
		(bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
	const round = (sum: number, at: number): number => Math.imul(turn((sum + Math.imul(word(at), P2)) | 0, 13), P1);
	let at = 0;
	let h: number;
	if (length >= 16) {
		let [a, b, c, d] = [(seed + P1 + P2) | 0, (seed + P2) | 0, seed | 0, (seed - P1) | 0];
		for (; at <= length - 16; at += 16) {
			a = round(a, at);
			b = round(b, at + 4);
			c = round(c, at + 8);
			d = round(d, at + 12);
		}
		h = (turn(a, 1) + turn(b, 7) + turn(c, 12) + turn(d, 18)) | 0;
	} else h = (seed + P5) | 0;
	h = (h + length) | 0;
	for (; at <= length - 4; at += 4) h = Math.imul(turn((h + Math.imul(word(at), P3)) | 0, 17), P4);
	for (; at < length; at++) h = Math.imul(turn((h + Math.imul(bytes[at] as number, P5)) | 0, 11), P1);
	h = Math.imul(h ^ (h >>> 15), P2);
	h = Math.imul(h ^ (h >>> 13), P3);
	return (h ^ (h >>> 16)) >>> 0;
};
