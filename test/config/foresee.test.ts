import test from 'ava';
import { demoPlan } from '../../src/config/demo.js';
import { describePlan, trafficMs } from '../../src/config/describe/index.js';
import { faultWindowMs, foresee } from '../../src/config/foresee.js';
import { readPlan } from '../../src/config/load.js';
import type { FaultSpec } from '../../src/model/plan.js';

const warnings = async (rest: string): Promise<string[]> => foresee((await readPlan(`version: 1\n${rest}`, 'x.yaml')).plan);

test("a slow kill exposes too few POSTs: Little's law", async (t) => {
	const found = await warnings('experiments: [{ fault: { kind: kill } }]');
	t.is(found.length, 1);
	t.regex(found[0] ?? '', /about 1\.7 non-idempotent requests .*chance of 19 %.*rate of 360\/s/);
	t.deepEqual(await warnings('traffic: { rate: 360/s }\nexperiments: [{ fault: { kind: kill } }]'), []);
});

test('a crash has a victim only if it is tripped by what must not be doubled', async (t) => {
	t.deepEqual(await warnings('traffic: { rate: 50/s }\nexperiments: [{ fault: { kind: crash, methods: [POST] } }]'), []);
	t.regex((await warnings('traffic: { rate: 50/s }\nexperiments: [{ fault: { kind: crash } }]'))[0] ?? '', /about 0\.92 .*use crash with methods: \[POST\]/);
	t.deepEqual(await warnings('traffic: { rate: 50/s }\nexperiments: [{ fault: { kind: freeze } }]'), []);
});

test('nothing in the mix can be doubled', async (t) => {
	const found = await warnings('traffic: { mix: [{}] }\nexperiments: [{ fault: { kind: crash } }]');
	t.deepEqual(found, ['nothing in the mix is non-idempotent: nonIdempotentReplayed will be inconclusive']);
});

test('rate bounds and p99 need requests', async (t) => {
	const found = await warnings('traffic: { rate: 20/s }\nexperiments: [{ fault: { kind: freeze }, expect: { availability: ">= 99.9%", p99: "<= 1s" } }]');
	t.deepEqual(found, [
		'availability >= 99.9% needs 2995 requests in the fault, all good; there will be about 200',
		'p99 needs 299 requests in the fault; there will be about 200',
	]);
	t.deepEqual(await warnings('experiments: [{ fault: { kind: freeze }, expect: { availability: ">= 100%" } }]'), []);
});

test('windows too short to see a failback, or to compare with', async (t) => {
	const found = await warnings(
		'subject: { nginx: default }\nexperiments: [{ fault: { kind: freeze }, baseline: 500ms, after: 5s, expect: { failback: "<= 12s" } }]',
	);
	t.is(found.length, 2);
	t.regex(found[0] ?? '', /baseline of 500ms/);
	t.regex(found[1] ?? '', /nginx may leave a healed node alone for 11\.5s/);
});

test('what nobody sees', async (t) => {
	const found = await warnings(
		'cluster: { command: [x] }\nsubject: { command: [y] }\nexperiments: [{ fault: { kind: kill }, expect: { amplification: "<= 1.2", doubleExecuted: 0 } }]',
	);
	t.is(found.length, 2);
	t.regex(found[0] ?? '', /refuses to your own proxy: amplification <= 1\.2/);
	t.regex(found[1] ?? '', /doubleExecuted is seen by replicas/);
});

test('one replica', async (t) => {
	t.regex((await warnings('cluster: { replicas: 1, builtin: { http: {} } }\nexperiments: [{ fault: { kind: freeze } }]'))[0] ?? '', /nowhere to fail over to/);
	t.deepEqual(await warnings('experiments: [{ fault: [{ kind: freeze }, { kind: freeze }] }]'), []);
});

const fault = (target: string, atMs: number, forMs: number): FaultSpec => ({ kind: 'kill', target, atMs, forMs });
test('the time under faults: overlaps count once, flaps without their rests, a roll node by node', (t) => {
	t.is(faultWindowMs([fault('n1', 0, 10), fault('n2', 5, 10), fault('n1', 30, 5)], 3), 20);
	t.is(faultWindowMs([{ ...fault('n1', 0, 10), flap: { everyMs: 20, times: 5 } }], 3), 50);
	t.is(faultWindowMs([{ ...fault('all', 5, 10), roll: { gapMs: 1 } }], 3), 30);
});

test('the demo foresees no gap, fits into its 20 s and survives its own printing', async (t) => {
	const plan = demoPlan(7);
	t.deepEqual(foresee(plan), []);
	t.true(trafficMs(plan.experiments[0]!, 3) <= 10_000);
	t.is(plan.experiments[0]!.faults[0]!.methods?.[0], 'POST');
	const again = (await readPlan(describePlan(plan), 'x.yaml')).plan;
	t.deepEqual({ ...again, experiments: [{ ...again.experiments[0], line: null }] } as unknown, { ...plan, demo: false, file: 'x.yaml' } as unknown);
});
