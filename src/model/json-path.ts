/** `$.items[0].name`, `$["odd name"]`, `$.list[-1]`, `$.list.length` → steps; null: it cannot be read. */
export const parseJsonPath = (text: string): (string | number)[] | null => {
	if (!text.startsWith('$')) return null;
	const steps: (string | number)[] = [];
	const step = /\.([\w$-]+)|\[(-?\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\['([^']*)'\]/y;
	for (step.lastIndex = 1; step.lastIndex < text.length; ) {
		const found = step.exec(text);
		if (!found) return null;
		if (found[2] !== undefined) steps.push(Number(found[2]));
		else if (found[3] !== undefined) {
			try {
				steps.push(JSON.parse(found[3]) as string);
			} catch {
				return null;
			}
		} else steps.push((found[1] ?? found[4]) as string);
	}
	return steps;
};

/** What stands there; undefined: nothing does. Only a document's own keys count. */
export const atJsonPath = (document: unknown, steps: readonly (string | number)[]): unknown => {
	let here = document;
	for (const step of steps) {
		if (Array.isArray(here)) {
			if (step === 'length') here = here.length;
			else if (typeof step === 'number') here = here.at(step);
			else return undefined;
		} else if (typeof here === 'object' && here !== null && Object.hasOwn(here, step)) here = (here as Record<string, unknown>)[step];
		else return undefined;
	}
	return here;
};
