/** `/order/id` → ['order', 'id'] (RFC 6901); null if it is no pointer to a part. */
export const parsePointer = (pointer: string): string[] | null =>
	/^(\/([^~/]|~[01])*)+$/.test(pointer)
		? pointer
				.slice(1)
				.split('/')
				.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
		: null;

const isHolder = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The text or number that a pointer names in this JSON, as text; null where there is none, or no JSON. */
export const readPointer = (json: string, pointer: string): string | null => {
	let at: unknown;
	try {
		at = JSON.parse(json);
	} catch {
		return null;
	}
	for (const part of parsePointer(pointer) ?? []) {
		if (!isHolder(at) || !Object.hasOwn(at, part)) return null;
		at = at[part];
	}
	return typeof at === 'string' || typeof at === 'number' ? String(at) : null;
};

/** The same JSON with this value there; objects on the way are made. Undefined where that cannot be: no JSON, or a plain value on the way. */
export const setPointer = (json: string, pointer: string, value: string): string | undefined => {
	const parts = parsePointer(pointer);
	let root: unknown;
	try {
		root = JSON.parse(json);
	} catch {
		return undefined;
	}
	const last = parts?.pop();
	if (parts === null || last === undefined || !isHolder(root)) return undefined;
	let at: Record<string, unknown> = root;
	for (const part of parts) {
		if (!Object.hasOwn(at, part)) define(at, part, {});
		const next = at[part];
		if (!isHolder(next)) return undefined;
		at = next;
	}
	define(at, last, value);
	return JSON.stringify(root);
};

/** Not an assignment: `__proto__` is a key like any other. */
const define = (at: object, key: string, value: unknown): void => {
	Object.defineProperty(at, key, { value, enumerable: true, configurable: true, writable: true });
};
