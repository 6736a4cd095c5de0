import type { Node } from 'yaml';
import { nearest } from '../model/nearest.js';
import { join, quote, type Reader } from './reader.js';

export type JsonSchema = Record<string, unknown>;

/** One part of the grammar of a file: it reads a node or throws the one message, and it describes itself as JSON Schema (draft-07). */
export interface Shape<T> {
	read(node: Node | null, path: string, reader: Reader): T;
	schema: JsonSchema;
}

export interface Field<T, Required extends boolean = boolean> {
	shape: Shape<T>;
	required: Required;
	about: string;
}
export type Fields = Record<string, Field<unknown>>;
type Needed<F extends Fields> = { [K in keyof F as F[K] extends Field<unknown, true> ? K : never]: F[K] extends Field<infer T> ? T : never };
type Spared<F extends Fields> = { [K in keyof F as F[K] extends Field<unknown, true> ? never : K]?: F[K] extends Field<infer T> ? T : never };
export type ReadOf<F extends Fields> = Needed<F> & Spared<F>;

export const required = <T>(shape: Shape<T>, about: string): Field<T, true> => ({ shape, required: true, about });
export const optional = <T>(shape: Shape<T>, about: string): Field<T, false> => ({ shape, required: false, about });

/** A single value. `parse` gives undefined for a value that does not fit, or a better `expected`. */
export const scalar = <T>(
	expected: string,
	schema: JsonSchema,
	parse: (value: unknown) => { value: T } | { expected: string; hint?: string } | undefined,
): Shape<T> => ({
	schema,
	read(node, path, reader) {
		const found = reader.yaml.isScalar(node) ? parse(node.value) : undefined;
		if (found && 'value' in found) return found.value;
		throw reader.wrong(node, path, found?.expected ?? expected, reader.describe(node), found?.hint);
	},
});

const readFields = (fields: Fields, node: Node | null, path: string, reader: Reader): object => {
	const known = Object.keys(fields);
	if (!reader.yaml.isMap(node)) throw reader.wrong(node, path, `a map with the keys ${known.join(', ')}`, reader.describe(node));
	const result: Record<string, unknown> = {};
	for (const pair of node.items) {
		const key = pair.key as Node;
		const name = String(reader.yaml.isScalar(key) ? key.value : key);
		const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
		if (!field) throw reader.unknown(key, path, name, known);
		result[name] = field.shape.read(placed(reader.follow(pair.value as Node | null), key, reader), join(path, name), reader);
	}
	for (const name of known) {
		if (fields[name]!.required && !(name in result)) throw reader.wrong(node, path, `the key ${name} (${fields[name]!.about})`, 'none');
	}
	reader.remember(result, node, path);
	return result;
};

/** `key:` with no value at all has no place of its own: point at the key. */
const placed = (value: Node | null, key: Node, reader: Reader): Node => {
	if (value) return value;
	const nothing = new reader.yaml.Scalar(null);
	if (key.range) nothing.range = key.range;
	return nothing;
};

const fieldsSchema = (fields: Fields): JsonSchema => {
	const needed = Object.keys(fields).filter((name) => fields[name]!.required);
	const properties = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { ...field.shape.schema, description: field.about }]));
	return { type: 'object', additionalProperties: false, properties, ...(needed.length > 0 && { required: needed }) };
};

export const object = <F extends Fields>(fields: F): Shape<ReadOf<F>> => ({
	schema: fieldsSchema(fields),
	read: (node, path, reader) => readFields(fields, node, path, reader) as ReadOf<F>,
});

/** An object in which exactly one of some keys decides what it is; `orNone`: without any of them it is the default one. */
export const oneKey = <F extends Fields>(fields: F, choices: readonly (keyof F & string)[], orNone?: 'or none'): Shape<ReadOf<F>> => ({
	schema: { ...fieldsSchema(fields), oneOf: [...choices.map((name) => ({ required: [name] })), ...(orNone ? [noneOf(choices)] : [])] },
	read(node, path, reader) {
		const found = readFields(fields, node, path, reader) as ReadOf<F>;
		const present = choices.filter((name) => name in found);
		if (present.length === 1 || (orNone && present.length === 0)) return found;
		throw reader.wrong(node, path, `exactly one of ${choices.join(', ')}`, present.length === 0 ? 'none of them' : present.join(' and '));
	},
});

const noneOf = (choices: readonly string[]): JsonSchema => ({ not: { anyOf: choices.map((name) => ({ required: [name] })) } });

/** An object whose other keys depend on the word under `kind`. */
export const byKind = <K extends string, All extends Fields>(words: readonly K[], kinds: Record<K, Partial<All>>): Shape<{ kind: K } & ReadOf<All>> => {
	const kindOf = (kind: K): Fields => ({ kind: required(word([kind]), 'what is done'), ...(kinds[kind] as Fields) });
	return {
		schema: { oneOf: words.map((kind) => fieldsSchema(kindOf(kind))) },
		read(node, path, reader) {
			if (!reader.yaml.isMap(node)) throw reader.wrong(node, path, `a map with the key kind (${words.join(', ')})`, reader.describe(node));
			const found = reader.follow(node.get('kind', true) as Node | undefined);
			if (!found) throw reader.wrong(node, path, `the key kind (${words.join(', ')})`, 'none');
			const kind = word(words).read(found, join(path, 'kind'), reader);
			return readFields(kindOf(kind), node, path, reader) as { kind: K } & ReadOf<All>;
		},
	};
};

/** One of a few fixed words. */
export const word = <const W extends string>(words: readonly W[]): Shape<W> => {
	const expected = words.length === 1 ? words[0]! : `one of ${words.join(', ')}`;
	return scalar(expected, { type: 'string', enum: [...words] }, (value) => {
		if (words.includes(value as W)) return { value: value as W };
		const near = typeof value === 'string' ? nearest(value, words) : undefined;
		return near ? { expected, hint: `did you mean ${near}?` } : undefined;
	});
};

export const list = <T>(item: Shape<T>, least: number, of: string): Shape<T[]> => ({
	schema: { type: 'array', items: item.schema, ...(least > 0 && { minItems: least }) },
	read(node, path, reader) {
		if (!reader.yaml.isSeq(node)) throw reader.wrong(node, path, `a list of ${of}`, reader.describe(node));
		if (node.items.length < least) throw reader.wrong(node, path, `a list of at least ${least} ${of}`, 'an empty list');
		return node.items.map((each, i) => item.read(reader.follow(each as Node), `${path}[${i}]`, reader));
	},
});

/** One thing, or a list of them. */
export const several = <T>(item: Shape<T>, of: string): Shape<T[]> => {
	const many = list(item, 1, of);
	return {
		schema: { anyOf: [item.schema, many.schema] },
		read: (node, path, reader) => (reader.yaml.isSeq(node) ? many.read(node, path, reader) : [item.read(node, path, reader)]),
	};
};

/** A single value, or something that is a map or a list. */
export const valueOr = <A, B>(value: Shape<A>, other: Shape<B>): Shape<A | B> => ({
	schema: { anyOf: [value.schema, other.schema] },
	read: (node, path, reader) => (reader.yaml.isMap(node) || reader.yaml.isSeq(node) ? other.read(node, path, reader) : value.read(node, path, reader)),
});

/** Any keys that `allows` lets pass, all with values of one shape. */
export const dictionary = <T>(
	value: (key: string) => Shape<T>,
	schema: JsonSchema,
	what: string,
	wrongKey: (key: string) => { expected: string; hint?: string } | undefined,
): Shape<Record<string, T>> => ({
	schema: { type: 'object', ...schema },
	read(node, path, reader) {
		if (!reader.yaml.isMap(node)) throw reader.wrong(node, path, `a map of ${what}`, reader.describe(node));
		if (node.items.length === 0 && schema.minProperties) throw reader.wrong(node, path, `at least one of ${what}`, 'an empty map');
		const entries = node.items.map((pair): [string, T] => {
			const key = pair.key as Node;
			const name = String(reader.yaml.isScalar(key) ? key.value : key);
			const wrong = wrongKey(name);
			if (wrong) throw reader.wrong(key, path, wrong.expected, quote(name), wrong.hint);
			return [name, value(name).read(placed(reader.follow(pair.value as Node | null), key, reader), join(path, name), reader)];
		});
		const result = Object.fromEntries(entries);
		reader.remember(result, node, path);
		return result;
	},
});

/** A map that is passed on as it stands: its grammar is somebody else's. */
export const anyMap = (what: string): Shape<Record<string, unknown>> => ({
	schema: { type: 'object' },
	read(node, path, reader) {
		if (!reader.yaml.isMap(node)) throw reader.wrong(node, path, what, reader.describe(node));
		return reader.plain(node) as Record<string, unknown>;
	},
});

/** A part that can be switched off: `off`, null or false; a key without any value is more likely a slip. */
export const orOff = <T>(shape: Shape<T>): Shape<T | null> => ({
	schema: { anyOf: [shape.schema, { enum: [null, false, 'off'] }] },
	read(node, path, reader) {
		const off = reader.yaml.isScalar(node) && ((node.value === null && node.source) || node.value === false || node.value === 'off');
		return off ? null : shape.read(node, path, reader);
	},
});
