const UNITS: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** "250ms" → 250, "2s" → 2000, "1.5m" → 90000; undefined when it is no duration. A bare number has no unit, so it is none. */
export const parseDuration = (text: string): number | undefined => {
	const found = /^(\d+(?:\.\d+)?)\s*(us|ms|s|min|m|h)$/.exec(text.trim());
	if (!found) return undefined;
	return Number(found[1]) * (UNITS[found[2] as string] as number);
};

/** The shortest text a person would write: 950 → "950ms", 4000 → "4s", 1250 → "1.25s". */
export const formatDuration = (ms: number): string => {
	if (ms === 0) return '0ms';
	if (ms < 0) return `-${formatDuration(-ms)}`;
	if (ms < 1) return `${trim(ms, 2)}ms`;
	if (ms < 1000) return `${trim(ms, ms < 10 ? 1 : 0)}ms`;
	if (ms < 120_000) return `${trim(ms / 1000, 2)}s`;
	return `${trim(ms / 60_000, 1)}min`;
};

const trim = (n: number, digits: number): string => String(Number(n.toFixed(digits)));
