import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as defaults from '../../src/config/defaults.js';
import { demoPlan } from '../../src/config/demo.js';
import { describePlan } from '../../src/config/describe/index.js';
import type { Event } from '../../src/model/event.js';
import type { ClientSpec, Plan } from '../../src/model/plan.js';
import type { RunResult } from '../../src/model/run.js';
import { daruma, ROOT, scratch } from '../e2e/daruma.js';

// The corpus of good and bad clients, live: each is knocked down twice, and every verdict is compared with a count of
// our own over the raw history, which shares no code with the ledger or the checks.

const FOLDER = join(ROOT, 'fixtures/clients');
const clients = readdirSync(FOLDER)
	.map((file) => ({ file, ...(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as { about: string; behaviour: string; spec: ClientSpec }) }))
	.filter(({ behaviour }) => behaviour === 'honest');

const planOf = (spec: ClientSpec): Plan => {
	const base = demoPlan(11);
	const expect = defaults.expectAll('availability >= 90%', 'nonIdempotentReplayed == 0', 'ghost == 0', 'doubleExecuted == 0');
	const experiment = { ...base.experiments[0]!, baselineMs: 1500, afterMs: 1500, expect };
	return {
		...base,
		demo: false,
		subject: spec,
		traffic: { ...base.traffic, rate: 80, timeoutMs: 2000 },
		experiments: [
			{ ...experiment, name: 'crash', faults: [{ ...defaults.fault('crash'), target: 'n2', forMs: 1500, methods: ['POST'] }] },
			{ ...experiment, name: 'freeze', faults: [{ ...defaults.fault('freeze'), target: 'n2', forMs: 2000 }] },
		],
	};
};

/** What the history says, counted by hand between the baseline's begin and the end of experiment `index`. */
const recount = (events: readonly Event[], index: number) => {
	const phase = (name: string): number => events.find((e) => e.kind === 'phase' && e.experiment === index && e.phase === name)?.t ?? Number.NaN;
	const [from, to] = [phase('baseline'), phase('end')];
	const struck = events.find((e) => e.kind === 'fault' && e.experiment === index && e.step === 'effective')?.t ?? Number.NaN;
	const healed = events.find((e) => e.kind === 'fault' && e.experiment === index && e.step === 'healed')?.t ?? Number.NaN;
	const inside = events.filter((e) => e.t >= from && e.t <= to);
	const count = (kind: 'receipt' | 'executed'): Map<string, number> => {
		const seen = new Map<string, number>();
		for (const e of inside) if (e.kind === kind && e.id) seen.set(e.id, (seen.get(e.id) ?? 0) + 1);
		return seen;
	};
	const [receipts, executions] = [count('receipt'), count('executed')];
	const requests = inside.flatMap((e) => (e.kind === 'request' ? [e] : []));
	const met = requests.filter((r) => r.sentMs <= healed && r.endMs >= struck);
	const twice = (seen: Map<string, number>, unsafe: boolean): number => requests.filter((r) => (!unsafe || !r.idempotent) && (seen.get(r.id) ?? 0) > 1).length;
	return {
		replayedPosts: requests.filter((r) => !r.idempotent && Math.max(receipts.get(r.id) ?? 0, executions.get(r.id) ?? 0) > 1).length,
		doubleExecuted: twice(executions, false),
		ghosts: requests.filter((r) => r.outcome === 'failed' && (executions.get(r.id) ?? 0) > 0).length,
		availability: met.filter((r) => r.outcome === 'ok').length / met.length,
		met: met.length,
	};
};

for (const { file, about, spec } of clients) {
	test(`${file}: no wrong verdict live (${about})`, async (t) => {
		t.timeout(180_000);
		const cwd = scratch(t);
		writeFileSync(join(cwd, 'daruma.yaml'), describePlan(planOf(spec)));
		const ran = await daruma(['verify', '--json'], { cwd });
		t.true([0, 1, 3].includes(ran.code ?? -1), ran.stdout + ran.stderr);
		const run = JSON.parse(ran.stdout) as RunResult;
		const folder = join(cwd, '.daruma/runs', readdirSync(join(cwd, '.daruma/runs'))[0]!);
		const events = readFileSync(join(folder, 'history.ndjson'), 'utf8')
			.split('\n')
			.filter(Boolean)
			.map((line) => JSON.parse(line) as Event);
		t.is(run.experiments.length, 2);
		for (const [index, experiment] of run.experiments.entries()) {
			const truth = recount(events, index);
			t.true(truth.met > 50, 'the fault met traffic');
			t.is(experiment.metrics.requests?.value, truth.met);
			const holds: Record<string, boolean> = {
				availability: truth.availability >= 0.9,
				nonIdempotentReplayed: truth.replayedPosts === 0,
				doubleExecuted: truth.doubleExecuted === 0,
				ghost: truth.ghosts === 0,
			};
			for (const [name, held] of Object.entries(holds)) {
				const verdict = experiment.checks.find((c) => c.name === name)?.verdict;
				t.not(verdict, undefined);
				t.not(verdict, held ? 'fail' : 'pass', `${experiment.name} ${name}: ${JSON.stringify(truth)}`);
			}
			t.log(experiment.name, JSON.stringify(truth), experiment.checks.map((c) => `${c.name} ${c.verdict}`).join(', '));
		}
	});
}
