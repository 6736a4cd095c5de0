/** One header field. Characters stand for bytes (0…255), whatever text they may encode. */
export interface Field {
	readonly name: string;
	readonly value: string;
	/** Never to be put into a table, by whoever passes it on (RFC 7541, 6.2.3). */
	readonly never?: boolean;
}

/** What a field counts in a table and in a header list (RFC 7541, 4.1; RFC 9113, 10.5.1). */
export const fieldSize = (field: Field): number => field.name.length + field.value.length + 32;

const PIECE = 4096;
/** One character per byte, in one flat string: joined out of pieces it would take many times its length. */
export const textOf = (bytes: Uint8Array, from: number, to: number): string => {
	if (to - from <= PIECE) return String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[]);
	let text = '';
	for (let at = from; at < to; at += PIECE) text += textOf(bytes, at, Math.min(to, at + PIECE));
	return text;
};
