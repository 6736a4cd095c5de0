type Json = Record<string, unknown>;
const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

/** etcd's JSON gateway writes keys and values in base64, and 64-bit numbers as text. */
export const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
export const fromBase64 = (text: unknown): string => {
	if (typeof text !== 'string') return '';
	try {
		return new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
	} catch {
		return '';
	}
};

/** The end of the range of all keys that begin with this: its last byte plus one. For none: all keys ("\0"). */
export const rangeEnd = (prefix: string): string => {
	const bytes = new TextEncoder().encode(prefix);
	let last = bytes.length - 1;
	while (last >= 0 && bytes[last] === 0xff) last -= 1;
	if (last < 0) return btoa('\0');
	return btoa(String.fromCharCode(...bytes.subarray(0, last), (bytes[last] as number) + 1));
};

export const revisionOf = (header: unknown): bigint => {
	const text = object(header).revision;
	return typeof text === 'string' && /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
};

export interface KeyValue {
	key: string;
	value: string;
}

/** The answer to `/v3/kv/range`; null: it is none. No `kvs` at all means no keys. */
export const readRange = (json: unknown): { revision: bigint; pairs: KeyValue[] } | null => {
	const answer = object(json);
	if (answer.header === undefined || (answer.kvs !== undefined && !Array.isArray(answer.kvs))) return null;
	const pairs = ((answer.kvs as unknown[] | undefined) ?? []).map((each) => ({ key: fromBase64(object(each).key), value: fromBase64(object(each).value) }));
	return { revision: revisionOf(answer.header), pairs };
};

export type WatchNews =
	| { kind: 'created' }
	/** Something changed: whoever lists reads again. */
	| { kind: 'changed' }
	/** The revision that was asked for is no longer kept: list again. */
	| { kind: 'compacted' }
	| { kind: 'ended'; why: string };

/** One line of the stream of `/v3/watch`; null for what is no such line. */
export const readWatchLine = (line: string): WatchNews | null => {
	let json: Json;
	try {
		json = object(JSON.parse(line));
	} catch {
		return null;
	}
	if (json.error !== undefined) {
		const { message } = object(json.error);
		return { kind: 'ended', why: typeof message === 'string' ? message.slice(0, 200) : 'it refused the watch' };
	}
	if (typeof json.result !== 'object' || json.result === null) return null;
	const result = json.result as Json;
	if (result.compact_revision !== undefined && result.compact_revision !== '0') return { kind: 'compacted' };
	if (result.canceled === true)
		return { kind: 'ended', why: typeof result.cancel_reason === 'string' ? result.cancel_reason.slice(0, 200) : 'it ended the watch' };
	if (result.created === true) return { kind: 'created' };
	return { kind: 'changed' };
};
