/** Optimal string alignment distance: insert, delete, replace and swap cost 1 each (Damerau 1964, restricted). */
const distance = (a: string, b: string): number => {
	let before: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1];
			let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
			row.push(cost);
		}
		before = last;
		last = row;
	}
	return last[b.length]!;
};

/** What somebody probably meant to type: the closest known word, if a third of its letters or fewer are wrong. */
export const nearest = (typed: string, known: readonly string[]): string | undefined => {
	const wanted = typed.toLowerCase();
	let best: { word: string; cost: number } | undefined;
	for (const word of known) {
		const cost = distance(wanted, word.toLowerCase());
		if (!best || cost < best.cost) best = { word, cost };
	}
	return best && best.cost <= Math.max(1, Math.floor(best.word.length / 3)) ? best.word : undefined;
};
