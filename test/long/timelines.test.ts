import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { daruma, scratch } from '../e2e/daruma.js';
import { experimentOf, write } from '../e2e/experiment.js';
import { Marked } from '../e2e/leftovers.js';

const CLUSTER = { replicas: 3, builtin: { http: { serviceMs: 5 } } };
const ANY = { availability: '>= 1%' };
const runOf = (stdout: string): RunResult => JSON.parse(stdout) as RunResult;

test.serial('a roll of kills: each node only after the last one answers again and the gap has passed', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, { cluster: CLUSTER, fault: { kind: 'kill', roll: { gap: '400ms' }, for: '300ms' }, expect: ANY });
	const ran = await daruma(['verify', '--json'], { cwd, env: mark.env });
	t.true([0, 1, 3].includes(ran.code!), ran.stdout + ran.stderr);
	const { events } = experimentOf(ran.stdout);
	t.deepEqual(
		events.map((e) => e.target),
		['n1', 'n2', 'n3'],
	);
	for (let i = 1; i < events.length; i++) t.true(events[i]!.effectiveMs! >= events[i - 1]!.healedMs! + 390, `n${i + 1}`);
	t.deepEqual((await mark.gone(1000)).left, []);
});

test.serial('at one node: a kill ends a delay, a freeze lets an error wait; each healed, in order', async (t) => {
	const cwd = scratch(t);
	const fault = [
		{ kind: 'delay', target: 'n1', latency: '50ms', for: '4s' },
		{ kind: 'kill', target: 'n1', at: '700ms', for: '500ms' },
		{ kind: 'error', target: 'n2', for: '2500ms' },
		{ kind: 'freeze', target: 'n2', at: '500ms', for: '500ms' },
	];
	write(cwd, { cluster: CLUSTER, fault, expect: ANY });
	const ran = await daruma(['verify', '--json'], { cwd });
	t.true([0, 1, 3].includes(ran.code!), ran.stdout + ran.stderr);
	const { events, run } = { ...experimentOf(ran.stdout), ...runOf(ran.stdout) };
	const [delay, kill, error, freeze] = ['delay', 'kill', 'error', 'freeze'].map((kind) => events.find((e) => e.kind === kind)!);
	t.true(delay!.healedMs! >= kill!.healedMs!);
	t.true(error!.healedMs! >= freeze!.healedMs!);
	t.true(freeze!.effectiveMs! > error!.effectiveMs!);
	const lines = readFileSync(join(cwd, '.daruma/runs', run, 'history.ndjson'), 'utf8')
		.split('\n')
		.filter((line) => line.includes('"kind":"fault"'))
		.map((line) => JSON.parse(line));
	const at = (kind: string, step: string): number => lines.find((l) => l.faultKind === kind && l.step === step).t;
	t.true(at('delay', 'healing') <= at('kill', 'effective') && at('delay', 'healing') >= at('kill', 'intended') - 100, 'mended from the kill on');
});

test.serial('the leader is killed, then whoever leads next; another one is slow meanwhile', async (t) => {
	const cwd = scratch(t);
	// n2 leads until it has been killed, then n3 does: the history tells.
	const script = `
		import { readdirSync, readFileSync } from 'node:fs';
		const [run] = readdirSync('.daruma/runs');
		const killed = readFileSync('.daruma/runs/' + run + '/history.ndjson', 'utf8').includes('"faultKind":"kill","target":"n2","step":"healed"');
		process.exit(process.env.DARUMA_NODE === (killed ? 'n3' : 'n2') ? 0 : 1);
	`;
	writeFileSync(join(cwd, 'lead.mjs'), script);
	const fault = [
		{ kind: 'kill', target: 'leader', flap: { on: '300ms', every: '4s', times: 2 } },
		{ kind: 'delay', target: 'another', at: '500ms', latency: '20ms', for: '1s' },
	];
	write(cwd, { cluster: { ...CLUSTER, leader: { exec: [process.execPath, 'lead.mjs'] } }, fault, expect: ANY });
	const ran = await daruma(['verify', '--json'], { cwd });
	t.true([0, 1, 3].includes(ran.code!), ran.stdout + ran.stderr);
	const { events } = experimentOf(ran.stdout);
	t.deepEqual(
		events.filter((e) => e.kind === 'kill').map(({ target, nth }) => [target, nth]),
		[
			['n2', 1],
			['n3', 2],
		],
	);
	t.true(['n1', 'n3'].includes(events.find((e) => e.kind === 'delay')!.target));
});

test.serial('a leader that another fault holds is left alone, and that is told', async (t) => {
	const cwd = scratch(t);
	// n2 leads until it has been killed; then whoever is slow.
	const script = `
		import { readdirSync, readFileSync } from 'node:fs';
		const [run] = readdirSync('.daruma/runs');
		const history = readFileSync('.daruma/runs/' + run + '/history.ndjson', 'utf8');
		const killed = history.includes('"faultKind":"kill","target":"n2","step":"healed"');
		const slow = /"faultKind":"delay","target":"(n\\d)"/.exec(history)?.[1];
		process.exit(process.env.DARUMA_NODE === (killed ? slow : 'n2') ? 0 : 1);
	`;
	writeFileSync(join(cwd, 'lead.mjs'), script);
	const fault = [
		{ kind: 'kill', target: 'leader', flap: { on: '300ms', every: '1s', times: 2 } },
		{ kind: 'delay', target: 'another', at: '100ms', latency: '20ms', for: '15s' },
	];
	write(cwd, { cluster: { ...CLUSTER, leader: { exec: [process.execPath, 'lead.mjs'] } }, fault, expect: ANY });
	const ran = await daruma(['verify', '--json'], { cwd });
	t.is(ran.code, 3, ran.stdout + ran.stderr);
	const { notes, events } = experimentOf(ran.stdout);
	t.true(
		notes.some((note) => /kill at leader: n\d is the leader, and the delay there is not over/.test(note)),
		notes.join(),
	);
	t.deepEqual(
		events.filter((e) => e.kind === 'kill').map((e) => e.target),
		['n2', 'leader'],
	);
});

test.serial('nobody leads: the fault is at nobody, inconclusive, and who answered what is told', async (t) => {
	const cwd = scratch(t);
	write(cwd, { cluster: { ...CLUSTER, leader: { http: '/', status: 418 } }, fault: { kind: 'kill', target: 'leader', for: '300ms' }, expect: ANY });
	const ran = await daruma(['verify', '--json'], { cwd });
	t.is(ran.code, 3, ran.stdout + ran.stderr);
	const experiment = experimentOf(ran.stdout);
	t.regex(experiment.checks[0]!.why, /kill at leader was not seen to take effect: no node says that it leads/);
	t.deepEqual(
		experiment.events.map((e) => e.effectiveMs),
		[null],
	);
});

for (const direction of ['both', 'in'] as const) {
	test.serial(`a partition, ${direction}: clients fail or move on, nothing is reset, and held requests arrive at the heal`, async (t) => {
		const mark = new Marked();
		const cwd = scratch(t);
		const subject = { client: { timeoutMs: 400, retry: 'off', ejection: 'off' } };
		write(cwd, { cluster: CLUSTER, subject, rate: 60, fault: { kind: 'partition', target: 'n2', direction, for: '1500ms' }, after: '1500ms', expect: ANY });
		const ran = await daruma(['verify', '--json'], { cwd, env: mark.env });
		t.true([0, 1, 3].includes(ran.code!), ran.stdout + ran.stderr);
		t.deepEqual((await mark.gone(1000)).left, []);
		const { events, run } = { ...experimentOf(ran.stdout), ...runOf(ran.stdout) };
		const { effectiveMs, healedMs } = events[0]!;
		const lines = readFileSync(join(cwd, '.daruma/runs', run, 'history.ndjson'), 'utf8')
			.split('\n')
			.filter((line) => line !== '')
			.map((line) => JSON.parse(line));
		const start = lines.find((l) => l.kind === 'phase' && l.phase === 'start').t;
		const during = (l: { t: number }): boolean => l.t - start > effectiveMs! + 50 && l.t - start < healedMs! - 600;
		t.deepEqual(
			lines.filter((l) => l.kind === 'receipt' && l.node === 'n2' && during(l)),
			[],
		);
		const failed = lines.filter((l) => l.kind === 'request' && l.outcome === 'failed');
		t.true(failed.length > 0);
		t.deepEqual(
			failed.filter((l) => l.error === 'ECONNRESET'),
			[],
		);
	});
}

test.serial('--deadline: healed, exit 4, nothing left', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, { cluster: CLUSTER, fault: { kind: 'freeze', target: 'n2', flap: { on: '1s', off: '1s', times: 100 } } });
	const ran = await daruma(['verify', '--json', '--deadline', '8s'], { cwd, env: mark.env });
	t.is(ran.code, 4, ran.stdout + ran.stderr);
	t.is(JSON.parse(ran.stdout).error.code, 'E_DEADLINE');
	t.deepEqual((await mark.gone(2000)).left, []);
});

test.serial('repeats are summed up; a halt stops them, --keep-going does not let it', async (t) => {
	const cwd = scratch(t);
	const file = write(cwd, { cluster: CLUSTER, fault: { kind: 'error', target: 'all', for: '400ms' }, expect: ANY, subject: { client: { retry: 'off' } } });
	const plan = JSON.parse(readFileSync(file, 'utf8'));
	plan.experiments[0].repeat = 2;
	writeFileSync(file, JSON.stringify(plan));
	const two = runOf((await daruma(['verify', '--json'], { cwd })).stdout);
	t.is(two.repeats![0]!.repeats, 2);
	t.is(two.repeats![0]!.worst.availability!.seen, 2);
	plan.experiments[0].halt = ['errors > 3'];
	writeFileSync(file, JSON.stringify(plan));
	const halted = await daruma(['verify', '--json'], { cwd });
	t.is(halted.code, 1);
	t.deepEqual(
		runOf(halted.stdout).experiments.map((e) => e.halted !== undefined),
		[true, false],
	);
	const on = runOf((await daruma(['verify', '--json', '--keep-going'], { cwd })).stdout);
	t.deepEqual(
		on.experiments.map((e) => e.halted !== undefined),
		[true, true],
	);
});
