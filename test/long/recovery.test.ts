import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { daruma, scratch } from '../e2e/daruma.js';
import { FIXTURES } from '../e2e/experiment.js';
import { have } from '../subjects/stage.js';

const RELEASES = join(FIXTURES, 'releases');
const CLUSTER = { replicas: 3, command: [process.execPath, 'server.js', '{port}'], cwd: join(RELEASES, 'v1'), ready: { http: '/', within: '5s' } };
const MIX = [
	{ method: 'GET', path: '/task' },
	{ method: 'POST', path: '/task', body: '{"n":1}' },
];

const verify = async (t: ExecutionContext, plan: object): Promise<RunResult> => {
	const cwd = scratch(t);
	writeFileSync(
		join(cwd, 'daruma.yaml'),
		JSON.stringify({ version: 1, seed: 7, cluster: CLUSTER, traffic: { rate: '80/s', timeout: '5s', mix: MIX }, ...plan }),
	);
	const ran = await daruma(['verify', '--json'], { cwd });
	t.true([0, 1, 3].includes(ran.code!), ran.stdout + ran.stderr);
	return JSON.parse(ran.stdout) as RunResult;
};

for (const subject of ['client', 'haproxy'] as const) {
	test.serial(`${subject}: a rolling redeploy under load loses no request and no acknowledged write`, async (t) => {
		if (subject === 'haproxy' && !have(t, 'haproxy')) return;
		const { experiments } = await verify(t, {
			...(subject === 'haproxy' && { subject: { haproxy: 'default' } }),
			experiments: [{ name: 'roll', action: { kind: 'redeploy', source: join(RELEASES, 'v2') }, baseline: '1s', after: '3s' }],
		});
		const [found] = experiments;
		t.deepEqual(
			found!.recoveries!.map(({ action, target, ok }) => [action, target, ok]),
			['n1', 'n2', 'n3'].map((node) => ['redeploy', node, true]),
		);
		// How late we were ourselves may leave it open on a busy machine; a loss would be a proof.
		for (const check of found!.checks) t.not(check.verdict, 'fail', `${check.name}: ${check.why}`);
		t.is(found!.metrics.lost!.value, 0);
		t.is(found!.metrics.outAtOnce!.value, 1);
	});
}

test.serial('a version that does not get healthy is rolled back, ends the roll, and nothing is lost', async (t) => {
	const { experiments } = await verify(t, {
		experiments: [
			{ name: 'broken', action: { kind: 'redeploy', source: join(RELEASES, 'broken'), within: '2s' }, baseline: '1s', after: '1s', allow: ['recoveryFailed'] },
		],
	});
	const [found] = experiments;
	t.deepEqual(
		found!.recoveries!.map(({ action, target, ok }) => [action, target, ok]),
		[
			['redeploy', 'n1', false],
			['rollback', 'n1', true],
		],
	);
	t.regex(found!.recoveries![0]!.detail!, /was not ready within 5000 ms/);
	t.regex(found!.notes.join('\n'), /the redeploy ended at n1: n2, n3 kept what they had/);
	t.is(found!.metrics.lost!.value, 0);
	for (const check of found!.checks) t.not(check.verdict, 'fail', `${check.name}: ${check.why}`);
});

test.serial('with and without recovery, by the same draws: the node is out for less long', async (t) => {
	const { experiments } = await verify(t, {
		experiments: [{ name: 'k', fault: { kind: 'kill', target: 'one', for: '12s' }, baseline: '1s', after: '2s', recovery: { do: 'restart', compare: true } }],
	});
	const [withIt, without] = experiments;
	t.is(without!.controlOf, 'k');
	t.is(withIt!.events[0]!.target, without!.events[0]!.target, 'the same node was drawn');
	const row = withIt!.comparison!.find(({ metric }) => metric === 'nodeDownMs')!;
	t.true(row.with! < row.without!, JSON.stringify(row));
	t.true(row.without! >= 12_000 - 50);
});

test.serial('haproxy: a frozen node is taken out, and brought in when it is back', async (t) => {
	if (!have(t, 'haproxy')) return;
	const { experiments } = await verify(t, {
		subject: { haproxy: 'default' },
		experiments: [{ name: 'f', fault: { kind: 'freeze', target: 'n2', for: '8s' }, baseline: '1s', after: '8s', recovery: { do: 'failover' } }],
	});
	const [found] = experiments;
	t.deepEqual(
		found!.recoveries!.map(({ action, target, ok, seenBy }) => [action, target, ok, seenBy]),
		[
			['out', 'n2', true, 'haproxy'],
			['in', 'n2', true, 'haproxy'],
		],
	);
});
