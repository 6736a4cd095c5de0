import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import test from 'ava';
import { METRICS } from '../../src/model/metrics.js';
import { parseReport, REPORTS } from '../../src/report/index.js';
import { json } from '../../src/report/json.js';
import { FROZEN, HOSTILE, KILLED, OPTIONS, run } from './results.fixture.js';

const schema = JSON.parse(await readFile(new URL('../../../schemas/run.schema.json', import.meta.url), 'utf8'));
const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

test('the document comes back as it was, and fits schemas/run.schema.json', (t) => {
	for (const result of [run('pass', KILLED), run('fail', KILLED, FROZEN), run('fail', HOSTILE), run('inconclusive')]) {
		const back = JSON.parse(json(result, OPTIONS));
		t.deepEqual(back, JSON.parse(JSON.stringify(result)));
		t.true(fits(back), JSON.stringify(fits.errors));
	}
	t.deepEqual(
		Object.keys(KILLED.metrics),
		METRICS.map((metric) => metric.name),
	);
});

test('the schema says no to what would mislead', (t) => {
	const good = run('pass', KILLED);
	const bad: unknown[] = [
		{ ...good, verdict: 'ok' },
		{ ...good, schema: 'daruma.run/2' },
		{ ...good, experiments: [{ ...KILLED, metrics: { p99Ms: { value: '64ms', lo: null, hi: null, exposure: 1, observedBy: 'client' } } }] },
		{ ...good, experiments: [{ ...KILLED, checks: [{ ...KILLED.checks[0], evidence: undefined }] }] },
		{ ...good, experiments: [{ ...KILLED, events: [{ kind: 'kill', target: 'n1' }] }] },
	];
	for (const result of bad) t.false(fits(JSON.parse(JSON.stringify(result))));
});

test('keys may be added', (t) => t.true(fits({ ...run('pass', { ...KILLED, more: 1 } as never), more: true })));

test('--report KIND=FILE', (t) => {
	t.deepEqual(parseReport('junit=out=1.xml'), { kind: 'junit', file: 'out=1.xml' });
	t.deepEqual(parseReport('markdown'), { kind: 'markdown', file: '-' });
	const error = t.throws(() => parseReport('junt=x'), { code: 'E_FLAG' }) as Error & { hint?: string; exit: number };
	t.is(error.exit, 2);
	t.is(error.hint, 'did you mean junit=x?');
	for (const wrong of ['', 'constructor=x', '=x', 'junit=']) t.throws(() => parseReport(wrong), { code: 'E_FLAG' });
});

test('every kind is loadable and ends its text with a line break, or says nothing', async (t) => {
	for (const [kind, load] of Object.entries(REPORTS)) {
		const text = (await load())(run('fail', KILLED, FROZEN), OPTIONS);
		t.true(text.endsWith('\n'), kind);
	}
});
