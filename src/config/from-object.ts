import type { Document, Node } from 'yaml';
import { type DarumaError, usageError } from '../model/errors.js';
import { Reader } from './reader.js';

type Yaml = typeof import('yaml');

/** Says the key of an object (or the flag that it came from) where a file would say line and column. */
class ObjectReader extends Reader {
	private readonly code: string;
	private readonly place: (path: string) => string;
	constructor(yaml: Yaml, doc: Document, code: string, place: (path: string) => string) {
		super(yaml, '', doc, new yaml.LineCounter());
		this.code = code;
		this.place = place;
	}
	override wrong(_node: unknown, path: string, expected: string, found: string, hint?: string): DarumaError {
		return usageError(this.code, `${this.place(path)}: expected ${expected}, found ${found}`, hint);
	}
	override lineOfValue(): null {
		return null;
	}
}

export interface ObjectSource {
	/** E_OPTIONS, or E_FLAG for what was typed as flags. */
	code?: string;
	/** Key path → what the message begins with. '' is the whole of it. */
	place(path: string): string;
}

/** An object of the same words as daruma.yaml, to be read by the same grammar. */
export const openObject = async (value: unknown, { code = 'E_OPTIONS', place }: ObjectSource): Promise<{ reader: Reader; root: Node | null }> => {
	const yaml = await import('yaml');
	let doc: Document;
	try {
		doc = new yaml.Document(value, { aliasDuplicateObjects: false });
	} catch (error) {
		throw usageError(code, `${place('')}: expected plain data, as in daruma.yaml (${(error as Error).message})`);
	}
	// A null that stands here was meant.
	yaml.visit(doc, {
		Scalar(_, node) {
			if (node.value === null) node.source = 'null';
		},
	});
	const reader = new ObjectReader(yaml, doc, code, place);
	return { reader, root: reader.follow(doc.contents as Node | null) };
};
