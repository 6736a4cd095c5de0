/** How many of `n` nodes a target word selects (the words of Jepsen's nemesis; a minority is at least one node). */
export const targetSize = (target: string, n: number): number => {
	if (target === 'all') return n;
	if (target === 'others') return Math.max(1, n - 1);
	if (target === 'majority') return Math.floor(n / 2) + 1;
	if (target === 'half') return Math.max(1, Math.floor(n / 2));
	if (target === 'minority') return Math.max(1, Math.floor((n - 1) / 2));
	return 1;
};
