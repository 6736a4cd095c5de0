/** One metric with all its series. Names by Prometheus' rules: base units (seconds, ratio, bytes), the unit as suffix. */
export interface Family {
	name: string;
	help: string;
	type: 'gauge' | 'counter';
	series: readonly (readonly [labels: Readonly<Record<string, string>>, value: number | null])[];
}

const LABEL: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
/** A label's value may hold anything but what ends it; halves of surrogate pairs are no UTF-8. */
const label = (text: string): string => text.replace(/[\\"\n]/g, (char) => LABEL[char] as string).replace(/\p{Cs}/gu, '\ufffd');
const help = (text: string): string => text.replace(/[\\\n]/g, (char) => LABEL[char] as string);
const number = (value: number): string => (Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf');

/**
 * Prometheus' text format 0.0.4. What is null has no series, and a family without series is left out: absent is what
 * Prometheus calls not seen. The first of several series with the same labels stays, since two would spoil the file.
 */
export const exposition = (families: readonly Family[]): string => {
	const lines: string[] = [];
	for (const { name, help: about, type, series } of families) {
		const rows = new Map<string, number>();
		for (const [labels, value] of series) {
			const pairs = Object.entries(labels).map(([key, text]) => `${key}="${label(text)}"`);
			const key = `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''}`;
			if (value !== null && !rows.has(key)) rows.set(key, value);
		}
		if (rows.size === 0) continue;
		lines.push(`# HELP ${name} ${help(about)}`, `# TYPE ${name} ${type}`, ...[...rows].map(([key, value]) => `${key} ${number(value)}`));
	}
	return lines.map((line) => `${line}\n`).join('');
};

/** ms → s, without the digits that a division invents. */
export const toSeconds = (ms: number | null): number | null => (ms === null ? null : Number((ms / 1000).toFixed(6)));
