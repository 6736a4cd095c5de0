import type { Document, LineCounter, Node, YAMLMap } from 'yaml';
import { type DarumaError, usageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';

type Yaml = typeof import('yaml');

/**
 * A parsed file that can say where each of its parts stands. The `yaml` module comes in as an argument: it costs
 * 35 ms, so only a command that reads a file loads it.
 */
export class Reader {
	readonly yaml: Yaml;
	readonly file: string;
	private readonly doc: Document;
	private readonly lines: LineCounter;
	/** Which node a resolved object was read from, so that later checks can point at it. */
	private readonly origin = new WeakMap<object, { node: YAMLMap; path: string }>();

	constructor(yaml: Yaml, file: string, doc: Document, lines: LineCounter) {
		this.yaml = yaml;
		this.file = file;
		this.doc = doc;
		this.lines = lines;
	}

	/** An alias stands for its anchor. */
	follow(node: Node | null | undefined): Node | null {
		return (this.yaml.isAlias(node) ? node.resolve(this.doc) : node) ?? null;
	}

	/** As JSON would have it, aliases followed. */
	plain(node: Node): unknown {
		return node.toJS(this.doc);
	}

	lineOf(node: Node | null | undefined): number {
		return node?.range ? this.lines.linePos(node.range[0]).line : 1;
	}

	remember(value: object, node: YAMLMap, path: string): void {
		this.origin.set(value, { node, path });
	}

	lineOfValue(value: object): number | null {
		return this.lineOf(this.origin.get(value)?.node);
	}

	/** The one message of a bad file: where, what was expected, what was found. Nothing has been started. */
	wrong(node: Node | null | undefined, path: string, expected: string, found: string, hint?: string): DarumaError {
		const at = node?.range ? this.lines.linePos(node.range[0]) : { line: 1, col: 1 };
		const where = path === '' ? '' : ` ${path}:`;
		return usageError('E_CONFIG', `${this.file}:${at.line}:${at.col}:${where} expected ${expected}, found ${found}`, hint);
	}

	/** The same for a key of an object that was read before; the object itself where the key is absent. */
	wrongKey(value: object, key: string, expected: string, found: string, hint?: string): DarumaError {
		const from = this.origin.get(value);
		const pair = from?.node.items.find((item) => this.yaml.isScalar(item.key) && item.key.value === key);
		return this.wrong((pair?.value as Node | null) ?? from?.node, join(from?.path ?? '', key), expected, found, hint);
	}

	unknown(node: Node, path: string, typed: string, known: readonly string[]): DarumaError {
		const near = nearest(typed, known);
		const hint = near ? `did you mean ${near}?` : undefined;
		return this.wrong(node, path, `one of the keys ${known.join(', ')}`, `the unknown key ${quote(typed)}`, hint);
	}

	describe(node: Node | null): string {
		if (node === null) return 'nothing';
		if (this.yaml.isMap(node)) return 'a map';
		if (this.yaml.isSeq(node)) return 'a list';
		if (!this.yaml.isScalar(node)) return 'something else';
		return node.value === null ? 'nothing' : typeof node.value === 'string' ? quote(node.value) : String(node.value);
	}
}

export const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
export const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
