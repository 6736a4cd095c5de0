/** One step of a selection: a key, an index, every child, or a key at any depth. */
export type SelectStep = string | number | { each: true } | { deep: string };

/** `$.meta.time`, `$.items[*].id`, `$.*`, `$..timestamp`, `$["odd name"]` → steps; null: it cannot be read, or it names the whole document. */
export const parseJsonSelect = (text: string): SelectStep[] | null => {
	if (!text.startsWith('$')) return null;
	const steps: SelectStep[] = [];
	const step = /\.\.([\w$-]+)|(\.\*|\[\*\])|\.([\w$-]+)|\[(-?\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\['([^']*)'\]/y;
	for (step.lastIndex = 1; step.lastIndex < text.length; ) {
		const found = step.exec(text);
		if (!found) return null;
		const [, deep, each, key, index, quoted, single] = found;
		if (deep !== undefined) steps.push({ deep });
		else if (each !== undefined) steps.push({ each: true });
		else if (index !== undefined) steps.push(Number(index));
		else if (quoted !== undefined) {
			try {
				steps.push(JSON.parse(quoted) as string);
			} catch {
				return null;
			}
		} else steps.push((key ?? single) as string);
	}
	return steps.length === 0 ? null : steps;
};

type Holder = unknown[] | Record<string, unknown>;
const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null;

/** All that holds the key, at any depth; without recursion, since a document may be as deep as its sender likes. */
const holdersOf = (roots: readonly Holder[], key: string): Holder[] => {
	const found: Holder[] = [];
	const left: Holder[] = [...roots];
	for (let here = left.pop(); here !== undefined; here = left.pop()) {
		if (!Array.isArray(here) && Object.hasOwn(here, key)) found.push(here);
		for (const child of Object.values(here)) if (isHolder(child)) left.push(child);
	}
	return found;
};

const children = (holders: readonly Holder[], step: SelectStep): unknown[] =>
	typeof step === 'object'
		? 'deep' in step
			? holdersOf(holders, step.deep).map((holder) => (holder as Record<string, unknown>)[step.deep])
			: holders.flatMap((holder) => Object.values(holder))
		: holders.flatMap((holder) => {
				if (Array.isArray(holder)) return typeof step === 'number' && holder.at(step) !== undefined ? [holder.at(step)] : [];
				return typeof step === 'string' && Object.hasOwn(holder, step) ? [holder[step]] : [];
			});

/** Takes what is selected out of the document, in place. Elements of a list become null, so that the others keep their places. */
export const dropSelected = (document: unknown, steps: readonly SelectStep[]): void => {
	let holders: Holder[] = isHolder(document) ? [document] : [];
	for (const step of steps.slice(0, -1)) holders = children(holders, step).filter(isHolder);
	const last = steps.at(-1) as SelectStep;
	if (typeof last === 'object' && 'deep' in last) {
		for (const holder of holdersOf(holders, last.deep)) delete (holder as Record<string, unknown>)[last.deep];
		return;
	}
	for (const holder of holders) {
		if (Array.isArray(holder)) {
			if (typeof last === 'object') holder.length = 0;
			else if (typeof last === 'number' && holder.at(last) !== undefined) holder[last < 0 ? holder.length + last : last] = null;
		} else if (typeof last === 'object') for (const key of Object.keys(holder)) delete holder[key];
		else if (typeof last === 'string') delete holder[last];
	}
};
