import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Ajv } from 'ajv';
import test, { type ExecutionContext } from 'ava';
import { killOne } from '../../src/custody/group.js';
import { findSession } from '../../src/engine/session/record.js';
import { connectSession } from '../../src/engine/session/remote.js';
import type { SessionStatus } from '../../src/model/session.js';
import { listRuns } from '../../src/platform/run-folder.js';
import { daruma, ROOT, scratch, start } from './daruma.js';
import { Marked } from './leftovers.js';

const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync(join(ROOT, 'schemas/cluster.schema.json'), 'utf8')));

/** A detached cluster; whatever becomes of the test, it is ended. */
const up = async (t: ExecutionContext, cwd: string, ...flags: string[]) => {
	const mark = new Marked();
	t.teardown(async () => {
		const found = findSession(cwd);
		if (found?.state === 'living') killOne(found.record);
		await mark.gone(8000);
	});
	const ran = await daruma(['cluster', 'up', '--detach', '--json', ...flags], { cwd, env: mark.env });
	t.is(ran.code, 0, ran.stdout + ran.stderr);
	const status = JSON.parse(ran.stdout) as SessionStatus;
	t.true(fits(status), JSON.stringify(fits.errors));
	return { mark, status };
};

const errorOf = (stdout: string): { code: string; message: string; hint: string } => JSON.parse(stdout).error;

test.serial('up, status, inject, heal, logs, down: from a folder below, with a path no socket could have', async (t) => {
	const deep = join(scratch(t), 'a-folder-with-a-long-name'.repeat(4), 'and-another-one'.repeat(4));
	mkdirSync(deep, { recursive: true });
	const { mark, status } = await up(t, deep, '--replicas', '2', '--lease', '5min');
	t.deepEqual(
		status.nodes.map(({ name, state, process, life }) => [name, state, process, life]),
		[
			['n1', 'up', 'running', 1],
			['n2', 'up', 'running', 1],
		],
	);
	t.true((status.leaseMs as number) > 60_000);
	const record = findSession(deep)?.record;
	t.is(record?.pid, status.pid);
	const below = join(deep, 'below');
	mkdirSync(below);
	const ask = (...args: string[]) => daruma(args, { cwd: below });

	const delayed = await ask('inject', 'delay', 'n2', '--latency', '60ms', '--json');
	t.is(delayed.code, 0, delayed.stdout);
	const [fault] = JSON.parse(delayed.stdout).faults;
	t.is(fault.state, 'effective');
	t.is(fault.forMs, null);
	t.regex(fault.evidence.detail, /answered after \d+ ms/);
	const again = await ask('inject', 'kill', 'n2', '--json');
	t.is(again.code, 4);
	t.is(errorOf(again.stdout).code, 'E_FAULT_PRESENT');
	t.regex(errorOf(again.stdout).message, /n2 has a fault already: delay \(f1/);

	const table = await ask('cluster', 'status');
	t.is(table.code, 0);
	t.regex(table.stdout, /^n2 .* up .* delay f1, until healed$/m);
	const second = await daruma(['cluster', 'up', '--json', '--detach'], { cwd: deep, env: mark.env });
	t.is(second.code, 4);
	t.is(errorOf(second.stdout).code, 'E_LOCKED');
	t.regex(errorOf(second.stdout).message, new RegExp(`a cluster runs in this folder already: run ${status.run} \\(pid ${status.pid}\\)`));
	t.is(listRuns(deep).length, 1, 'who is refused leaves no folder');

	const healed = await ask('heal', '--json');
	t.is(healed.code, 0, healed.stdout);
	t.deepEqual(
		JSON.parse(healed.stdout).session.healed.map((each: { id: string; state: string }) => [each.id, each.state]),
		[['f1', 'healed']],
	);
	const logs = await ask('cluster', 'logs', 'supervisor', '--lines', '1');
	t.is(logs.stdout.trim().split('\n').length, 1);
	t.regex(logs.stdout, /n2: delay healed \(f1\)/);

	// A frozen node under down, and a reader of its log, which ends with the cluster.
	t.is((await ask('inject', 'freeze', 'n1')).code, 0);
	const follow = start(['cluster', 'logs', 'supervisor', '--follow'], { cwd: below });
	const ended = await ask('cluster', 'down', '--json');
	t.is(ended.code, 0, ended.stdout);
	t.is(JSON.parse(ended.stdout).how, 'asked');
	t.true([0, 4].includes((await follow.ended).code ?? -1), 'it was there in time, or it was told that none is');
	t.deepEqual((await mark.gone(2000)).left, []);
	t.false(existsSync(dirname(record?.socket ?? '')), 'the socket and its folder are gone');
	t.is(findSession(deep), null);
	const none = await ask('cluster', 'down', '--json');
	t.is(none.code, 0);
	t.is(JSON.parse(none.stdout).how, 'none');
});

test.serial('kill -9 of the injector: its fault is healed at its time; kill -9 of the supervisor: nothing is left, and status and down say so', async (t) => {
	const cwd = scratch(t);
	const { mark, status } = await up(t, cwd, '--replicas', '1');
	const injector = start(['inject', 'freeze', 'n1', '--for', '2s', '--wait'], { cwd });
	const [effective] = await once(injector.child.stdout as NodeJS.ReadableStream, 'data');
	t.regex(String(effective), /n1: freeze effective \(f1/);
	injector.child.kill('SIGKILL');
	const session = await connectSession(cwd);
	const [left] = await session.untilHealed(['f1']);
	t.is(left?.state, 'healed');
	t.regex(left?.healed?.detail ?? '', /answered 200/);
	// A crash waits for its request, which must not come before it.
	let crashed = false;
	const crash = session.inject({ kind: 'crash', target: 'n1' }).finally(() => {
		crashed = true;
	});
	while (!crashed) await fetch(`${status.nodes[0]?.url}/x`).catch(() => setImmediate());
	t.is((await crash)[0]?.state, 'effective');
	session.close();

	process.kill(status.pid, 'SIGKILL');
	t.deepEqual((await mark.gone(5000)).left, []);
	const dead = await daruma(['cluster', 'status', '--json'], { cwd });
	t.is(dead.code, 4);
	t.is(errorOf(dead.stdout).code, 'E_NO_CLUSTER');
	t.regex(errorOf(dead.stdout).message, /ended without saying so; its watchdog has healed and ended everything/);
	t.is((await daruma(['inject', 'kill', 'n1'], { cwd })).code, 4);
	const ended = await daruma(['cluster', 'down', '--json'], { cwd });
	t.is(ended.code, 0, ended.stdout);
	t.deepEqual(JSON.parse(ended.stdout), { run: status.run, how: 'dead', undone: [], ended: [] });
	t.is(findSession(cwd), null);
	t.deepEqual(JSON.parse((await daruma(['heal', '--json'], { cwd })).stdout), { runs: [], running: [] });
});

test.serial('up in the foreground: NDJSON, and Ctrl-C heals a frozen node and ends everything, exit 130', async (t) => {
	const cwd = scratch(t);
	const mark = new Marked();
	const running = start(['cluster', 'up', '--replicas', '1', '--json'], { cwd, env: mark.env });
	await running.says(/break it from another terminal/);
	const session = await connectSession(cwd);
	const [fault] = await session.inject({ kind: 'freeze', target: 'one' });
	t.is(fault?.evidence?.by, 'proc');
	session.close();
	running.child.kill('SIGINT');
	const ran = await running.ended;
	t.is(ran.code, 130, ran.stderr);
	const lines = ran.stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line));
	t.is(lines[0].kind, 'ready');
	t.true(fits(lines[0].status));
	t.true(lines.some((line) => line.kind === 'fault' && line.fault.state === 'effective'));
	t.is(lines.at(-1).kind, 'end');
	t.is(lines.at(-1).error.code, 'E_INTERRUPTED');
	t.deepEqual((await mark.gone(2000)).left, []);
	t.is(JSON.parse((await daruma(['runs', 'ls', '--json'], { cwd })).stdout).runs[0].verdict, 'by hand');
});

test.serial('wrong words are told before anybody is asked', async (t) => {
	const cwd = scratch(t);
	for (const [args, says] of [
		[['inject', 'kil', 'n1'], /FAULT: expected one of kill, .*found "kil"/],
		[['inject', 'delay', 'n1', '--latency', '200'], /--latency: expected a time with a unit/],
		[['cluster', 'up', '--lease', 'soon'], /--lease: expected a time/],
		[['cluster', 'up', '--replicas', '0'], /--replicas: expected a whole number from 1 to 50, found 0/],
	] as const) {
		const ran = await daruma([...args, '--json'], { cwd });
		t.is(ran.code, 2, ran.stdout);
		t.regex(errorOf(ran.stdout).message, says);
	}
	t.false(existsSync(join(cwd, '.daruma')));
});
