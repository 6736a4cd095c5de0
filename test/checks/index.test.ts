import { readFileSync } from 'node:fs';
import test from 'ava';
import { METRIC_FUNCTIONS } from '../../src/checks/index.js';
import { METRICS } from '../../src/model/metrics.js';

const names = METRICS.map((m) => m.name);

test('the registry holds every metric, in the order in which people read them', (t) => {
	t.deepEqual(Object.keys(METRIC_FUNCTIONS), names);
});

test('docs/metrics.md defines every metric, and no other, in the same order', (t) => {
	const text = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
	const defined = text.slice(text.indexOf('\n## The metrics')).match(/(?<=^### )\S+$/gm);
	t.deepEqual(defined, names);
});
