import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { daruma, scratch } from './daruma.js';
import { checkOf, experimentOf, write } from './experiment.js';
import { Marked } from './leftovers.js';

const CLUSTER = { replicas: 3, builtin: { http: { serviceMs: 5 } } };

test.serial('a timeline: a node partitioned one way, another one that flaps meanwhile, each time an event of its own', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	const fault = [
		{ kind: 'partition', target: 'one', direction: 'out', for: '2s' },
		{ kind: 'error', target: 'another', at: '200ms', flap: { on: '300ms', off: '300ms', times: 3 } },
	];
	const client = { client: { timeoutMs: 400, retry: 'off', ejection: 'off' } };
	write(cwd, { cluster: CLUSTER, subject: client, rate: 60, fault, after: '1s', expect: { availability: '>= 1%', ghost: '>= 1' } });
	const ran = await daruma(['verify', '--json'], { cwd, env: mark.env });
	t.true([0, 1, 3].includes(ran.code!), ran.stdout + ran.stderr);
	t.deepEqual((await mark.gone(1000)).left, []);

	const { events, metrics } = experimentOf(ran.stdout);
	const [cut, ...flaps] = events;
	t.is(cut!.kind, 'partition');
	t.is(cut!.by, 'probe');
	t.true(cut!.healedMs! >= cut!.effectiveMs! + 1990);
	t.deepEqual(
		flaps.map(({ kind, nth }) => [kind, nth]),
		[1, 2, 3].map((nth) => ['error', nth]),
	);
	t.deepEqual([...new Set(flaps.map((each) => each.target))].length, 1);
	t.not(flaps[0]!.target, cut!.target);
	for (const [i, { effectiveMs, healedMs }] of flaps.entries()) {
		t.true(healedMs! >= effectiveMs! + 290, `time ${i + 1}`);
		if (i > 0) t.true(effectiveMs! >= flaps[i - 1]!.healedMs!, `time ${i + 1} began at a node that was well`);
	}
	// Answers did not get out, the work was done all the same.
	t.true(metrics.ghost!.value! >= 1, JSON.stringify(metrics.ghost));
	const { run } = JSON.parse(ran.stdout) as RunResult;
	const history = readFileSync(join(cwd, '.daruma/runs', run, 'history.ndjson'), 'utf8');
	t.true(history.includes('"nth":3'));
});

test.serial('halt: healed at once, judged, exit 1; what follows does not run, and GitHub is told at the line', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	const summary = join(cwd, 'summary.md');
	const plan = JSON.parse(
		readFileSync(
			write(cwd, { cluster: CLUSTER, subject: { client: { retry: 'off' } }, fault: { kind: 'error', target: 'all', for: '60s' }, after: '60s' }),
			'utf8',
		),
	);
	plan.experiments[0].halt = ['errors > 20'];
	plan.experiments.push({ name: 'never', fault: { kind: 'kill', for: '60s' } });
	writeFileSync(join(cwd, 'daruma.yaml'), JSON.stringify(plan, null, 2));
	const env = { ...mark.env, GITHUB_WORKSPACE: cwd, GITHUB_STEP_SUMMARY: summary };
	const ran = await daruma(['verify', '--json', '--report', 'github=notes.txt'], { cwd, env });
	t.is(ran.code, 1, ran.stdout + ran.stderr);
	t.deepEqual((await mark.gone(1000)).left, []);
	const { experiments } = JSON.parse(ran.stdout) as RunResult;
	t.is(experiments[0]!.halted!.condition, 'errors > 20');
	t.regex(checkOf(ran.stdout, 'halt').why, /^\d+ failed requests in 5s; everything was healed/);
	for (const event of experiments[0]!.events) t.true(event.healedMs! - event.intendedMs < 30_000);
	t.is(experiments[1]!.verdict, 'inconclusive');
	t.regex(experiments[1]!.notes[0]!, /another one was halted/);
	t.regex(readFileSync(join(cwd, 'notes.txt'), 'utf8'), /^::error file=daruma\.yaml,line=\d+,title=short%3A halt errors > 20::met: /);
	t.regex(readFileSync(summary, 'utf8'), /^## ❌ \*\*FAIL\*\*/);
});
