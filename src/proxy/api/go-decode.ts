import { GoJsonError, type Node, scan } from './go-scan.js';

/** What a Go program decodes into. `type` is the Go type's name in error texts. */
export type Shape =
	| { kind: 'string' | 'bool' | 'int64' | 'int' | 'float32' | 'float64' }
	| { kind: 'struct'; name: string; type: string; fields: Readonly<Record<string, Shape>> }
	| { kind: 'slice'; type: string; of: Shape }
	| { kind: 'pointer'; to: Shape }
	/** An interface that holds a pointer to a struct: null empties it, and what was decoded before stays with its owner. */
	| { kind: 'interface'; type: string; holds: Extract<Shape, { kind: 'struct' }> }
	/** Not Go's: taken as it is, for what Toxiproxy does not know. */
	| { kind: 'raw' };

type Fields = Record<string, unknown>;
interface Held {
	value: Fields;
	emptied: boolean;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const FLOAT32_MAX = 3.4028235677973366e38;

/** Go's names of fields are found without case; two characters outside ASCII fold into it. */
const fold = (key: string): string => key.replace(/[A-Z\u017f\u212a]/g, (c) => (c === '\u017f' ? 's' : c === '\u212a' ? 'k' : c.toLowerCase()));

const tables = new WeakMap<object, Map<string, string>>();
/** The fields of a struct by their folded names; the first of two counts. */
const folded = (fields: object): Map<string, string> => {
	let table = tables.get(fields);
	if (!table) {
		table = new Map(
			Object.keys(fields)
				.reverse()
				.map((name) => [fold(name), name]),
		);
		tables.set(fields, table);
	}
	return table;
};

const zero = (shape: Shape): unknown => {
	if (shape.kind === 'string') return '';
	if (shape.kind === 'bool') return false;
	if (shape.kind === 'struct') return Object.fromEntries(Object.entries(shape.fields).map(([key, of]) => [key, zero(of)]));
	if (shape.kind === 'interface') return { value: zero(shape.holds) as Fields, emptied: false } satisfies Held;
	return shape.kind === 'slice' || shape.kind === 'pointer' || shape.kind === 'raw' ? null : 0;
};

const typeOf = (shape: Shape): string => {
	if (shape.kind === 'struct' || shape.kind === 'slice' || shape.kind === 'interface') return shape.type;
	return shape.kind === 'pointer' ? typeOf(shape.to) : shape.kind;
};

class Decoder {
	private saved: GoJsonError | null = null;
	private struct: string | null = null;
	private path: readonly string[] = [];

	decode(node: Node, shape: Shape, old: unknown): unknown {
		const value = this.into(node, shape, old);
		if (this.saved) throw this.saved;
		return value;
	}

	/** Go goes on after a wrong type, and reports the first one. */
	private wrong(what: string, type: string): void {
		const where = this.struct === null ? `Go value of type ${type}` : `Go struct field ${this.struct}.${this.path.join('.')} of type ${type}`;
		this.saved ??= new GoJsonError(`json: cannot unmarshal ${what} into ${where}`);
	}

	private into(node: Node, shape: Shape, old: unknown): unknown {
		// The first error is all that is told: what follows it need not be worked through while others wait.
		if (this.saved) return old;
		if (shape.kind === 'raw') return node;
		if (shape.kind === 'interface') return this.interface(node, shape, old as Held);
		if (node.kind === 'null') return shape.kind === 'slice' || shape.kind === 'pointer' ? null : old;
		if (shape.kind === 'pointer') return this.into(node, shape.to, old ?? zero(shape.to));
		if (node.kind === 'object' && shape.kind === 'struct') return this.object(node, shape, old as Fields);
		if (node.kind === 'array' && shape.kind === 'slice') {
			// One for all: nothing that is decoded into is changed in place.
			const empty = zero(shape.of);
			return node.items.map((item) => this.into(item, shape.of, empty));
		}
		if (node.kind === 'string' && shape.kind === 'string') return node.value;
		if (node.kind === 'bool' && shape.kind === 'bool') return node.value;
		if (node.kind === 'number') return this.number(node.text, shape, old);
		this.wrong(node.kind, typeOf(shape));
		return old;
	}

	private number(text: string, shape: Shape, old: unknown): unknown {
		if (shape.kind === 'int64' || shape.kind === 'int') {
			const n = /^-?\d+$/.test(text) && text.length <= 24 ? BigInt(text) : null;
			if (n !== null && n <= INT64_MAX && n >= INT64_MIN) return Number(n);
		} else if (shape.kind === 'float32' || shape.kind === 'float64') {
			const n = Number(text);
			if (Math.abs(n) < (shape.kind === 'float32' ? FLOAT32_MAX : Number.POSITIVE_INFINITY)) return shape.kind === 'float32' ? Math.fround(n) : n;
		} else {
			this.wrong('number', typeOf(shape));
			return old;
		}
		this.wrong(`number ${text}`, shape.kind);
		return old;
	}

	private interface(node: Node, shape: Extract<Shape, { kind: 'interface' }>, old: Held): Held {
		if (node.kind === 'null') return { value: old.value, emptied: true };
		if (!old.emptied) return { value: this.into(node, shape.holds, old.value) as Fields, emptied: false };
		if (shape.type !== 'interface {}') this.wrong(node.kind, shape.type);
		return old;
	}

	private object(node: Extract<Node, { kind: 'object' }>, shape: Extract<Shape, { kind: 'struct' }>, old: Fields): Fields {
		const { struct, path } = this;
		const value = { ...old };
		for (const [key, of] of node.entries) {
			const name = Object.hasOwn(shape.fields, key) ? key : folded(shape.fields).get(fold(key));
			if (name === undefined) continue;
			this.struct = shape.name;
			this.path = [...path, name];
			value[name] = this.into(of, shape.fields[name] as Shape, value[name]);
			this.struct = struct;
			this.path = path;
		}
		return value;
	}
}

/**
 * json.NewDecoder(body).Decode(&value), for a value that holds `defaults`: what is absent or null keeps them. Throws
 * {@link GoJsonError} with Go's text.
 */
export const decode = (body: Uint8Array | Node, shape: Shape, defaults: Fields = {}): unknown => {
	const node = body instanceof Uint8Array ? scan(body) : body;
	const start = zero(shape);
	return new Decoder().decode(node, shape, shape.kind === 'struct' ? { ...(start as Fields), ...defaults } : start);
};
