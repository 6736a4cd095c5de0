import test from 'ava';
import { formatDuration, parseDuration } from '../../src/model/duration.js';

for (const [text, ms] of [
	['250ms', 250],
	['2s', 2000],
	['1.5m', 90_000],
	['1h', 3_600_000],
	['500us', 0.5],
] as const) {
	test(`${text} is ${ms} ms`, (t) => t.is(parseDuration(text), ms));
}
for (const text of ['', '5', 's', '5 parsecs', '-1s', '1e3ms']) test(`"${text}" is no duration`, (t) => t.is(parseDuration(text), undefined));
for (const [ms, text] of [
	[0, '0ms'],
	[0.5, '0.5ms'],
	[950, '950ms'],
	[1250, '1.25s'],
	[4000, '4s'],
	[180_000, '3min'],
] as const) {
	test(`${ms} ms reads ${text}`, (t) => t.is(formatDuration(ms), text));
}
