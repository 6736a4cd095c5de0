/** One line of a metric: what it is about, and its value; `suffix` is of histograms (`_bucket`, `_sum`, `_count`). */
export interface Reading {
	labels: Readonly<Record<string, string | number>>;
	value: number;
	suffix?: string;
}

/** One metric with all its lines. Names by Prometheus' rules: base units (seconds, ratio, bytes), the unit as suffix. */
export interface Family {
	name: string;
	type: 'counter' | 'gauge' | 'histogram';
	help: string;
	readings: readonly Reading[];
}

const ESCAPED: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
/** A label's value may hold anything but what ends it; halves of surrogate pairs are no UTF-8. */
const label = (text: string): string => `"${text.replace(/[\\"\n]/g, (char) => ESCAPED[char] as string).replace(/\p{Cs}/gu, '\ufffd')}"`;
const about = (text: string): string => text.replace(/[\\\n]/g, (char) => ESCAPED[char] as string);
const shown = (value: number): string => (value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value));

/**
 * Prometheus' text format 0.0.4. A family without a reading is left out: absent is what Prometheus calls not seen. Of
 * several readings with the same labels the first stays, since two would make it refuse the whole file.
 */
export const exposition = (families: readonly Family[]): string => {
	const lines: string[] = [];
	for (const { name, type, help, readings } of families) {
		if (readings.length === 0) continue;
		lines.push(`# HELP ${name} ${about(help)}`, `# TYPE ${name} ${type}`);
		const seen = new Set<string>();
		for (const { labels, value, suffix = '' } of readings) {
			const written = Object.entries(labels).map(([key, text]) => `${key}=${label(String(text))}`);
			const series = `${name}${suffix}${written.length > 0 ? `{${written.join(',')}}` : ''}`;
			if (seen.has(series)) continue;
			seen.add(series);
			lines.push(`${series} ${shown(value)}`);
		}
	}
	return lines.map((line) => `${line}\n`).join('');
};

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
