import { formatValue } from '../model/bound.js';
import { METRICS } from '../model/metrics.js';
import type { RunResult } from '../model/run.js';

/** Shown though nobody asked: what tells one repeat from another at a glance. */
const SHOWN = ['availability', 'p99Ms', 'errorWindowMs', 'timeToFailoverMs', 'nonIdempotentReplayed'];

/** `kill one: 2 of 3 repeats held, 1 failed; worst: availability 98.1 % (2), failover 812ms (3, seen in 2 of 3)`: one line for each experiment with repeats. */
export const repeatLines = ({ repeats = [], experiments }: RunResult): string[] =>
	repeats.map(({ name, repeats: n, pass, fail, inconclusive, worst }) => {
		const asked = new Set(experiments.filter((each) => each.name === name).flatMap((each) => each.checks.map((check) => check.metric)));
		const values = METRICS.flatMap((info) => {
			const found = worst[info.name];
			if (!found || !(SHOWN.includes(info.name) || asked.has(info.name))) return [];
			const where = found.seen === n ? `${found.repeat}` : `${found.repeat}, seen in ${found.seen} of ${n}`;
			return [`${info.alias} ${formatValue(found.value, info.unit)} (${where})`];
		});
		const short = [...(fail > 0 ? [`${fail} failed`] : []), ...(inconclusive > 0 ? [`${inconclusive} could not be decided`] : [])];
		const held = [`${pass} of ${n} repeats held`, ...short].join(', ');
		return `${name}: ${held}${values.length > 0 ? `; worst of ${n} (in repeat): ${values.join(', ')}` : ''}`;
	});
