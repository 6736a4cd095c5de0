import test from 'ava';
import { resolveScene } from '../../src/config/scene.js';
import { simulatePolicies } from '../../src/engine/simulate.js';
import { simulationTable } from '../../src/report/simulation.js';
import { PLAIN } from '../../src/report/style.js';

const table = (change: object): string =>
	simulationTable(simulatePolicies(resolveScene({ duration: 2000, policy: ['p2c', 'prequal'], ...change })), { style: PLAIN, width: 100 });

test('without disturbances there is no column for them; unsupported percentiles are dashes', (t) => {
	const text = table({ rate: 100 });
	t.notRegex(text, /disturbed/);
	t.regex(text, /^p2c +100\.00 % +50ms +50ms +- +- +\d\.\d\d$/m);
});

test('who needs reports is said, where it is shown', (t) => {
	t.regex(table({}), /prequal need nodes that report their load/);
	t.notRegex(table({ policy: ['p2c'] }), /report/);
});

test('no line is wider than asked', (t) => {
	for (const line of table({ replicas: 4, dead: [{ kind: 'dead', node: 'n2', fromMs: 500, toMs: Number.POSITIVE_INFINITY }] }).split('\n'))
		t.true([...line].length <= 100, line);
});
