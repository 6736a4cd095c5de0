import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { killOne } from '../../src/custody/group.js';
import { findSession } from '../../src/engine/session/record.js';
import { connectSession } from '../../src/engine/session/remote.js';
import { attach, cluster, FAULT_KINDS, type FaultKind, inject } from '../../src/index.js';
import type { SessionStatus } from '../../src/model/session.js';
import { daruma, scratch, start } from '../e2e/daruma.js';
import { Marked } from '../e2e/leftovers.js';

const up = async (t: ExecutionContext, cwd: string, ...flags: string[]) => {
	const mark = new Marked();
	t.teardown(async () => {
		const found = findSession(cwd);
		if (found?.state === 'living') killOne(found.record);
		await mark.gone(8000);
	});
	const ran = await daruma(['cluster', 'up', '--detach', '--json', '--replicas', '2', ...flags], { cwd, env: mark.env });
	t.is(ran.code, 0, ran.stdout + ran.stderr);
	return { mark, status: JSON.parse(ran.stdout) as SessionStatus };
};

test.serial('every kind of fault, one after the other at one node and then at all of another cluster at once, is effective and healed', async (t) => {
	await using c = await cluster({ replicas: FAULT_KINDS.length, builtin: { http: { serviceMs: 1 } } });
	/** A crash needs somebody to crash on, and not before it is there. */
	const inject = async (kind: FaultKind, node: string) => {
		let done = false;
		const injected = c.inject(kind, node, kind === 'drop' ? { share: '100%' } : {}).finally(() => {
			done = true;
		});
		while (kind === 'crash' && !done) {
			await fetch(`${c.nodes.find(({ name }) => name === node)?.url}/x`, { signal: AbortSignal.timeout(2000) }).catch(() => {});
			await pause(20);
		}
		return injected;
	};
	for (const kind of FAULT_KINDS) {
		const fault = await inject(kind, 'n1');
		t.true(fault.effective, kind);
		const [healed] = await fault.heal();
		t.is(healed?.state, 'healed', `${kind}: ${healed?.detail}`);
	}
	const all = await Promise.all(FAULT_KINDS.map((kind, i) => inject(kind, `n${i + 1}`)));
	t.true(all.every(({ effective }) => effective));
	t.is((await c.status()).faults.length, FAULT_KINDS.length);
	const healed = await c.heal();
	t.true(
		healed.every(({ state }) => state === 'healed'),
		JSON.stringify(healed),
	);
	t.deepEqual(
		(await c.status()).nodes.map((node) => node.process),
		FAULT_KINDS.map(() => 'running'),
	);
});

test.serial('its lease ends it: healed, and nothing is left', async (t) => {
	const cwd = scratch(t);
	const { mark, status } = await up(t, cwd, '--lease', '4s');
	const session = await connectSession(cwd).catch(() => null);
	await session?.inject({ kind: 'freeze', target: 'n1' }).catch(() => {});
	session?.close();
	t.deepEqual((await mark.gone(15_000)).left, []);
	t.is(findSession(cwd), null, 'it has taken its record away');
	t.is((await daruma(['cluster', 'status'], { cwd })).code, 4);
	t.deepEqual(JSON.parse((await daruma(['heal', '--json'], { cwd })).stdout), { runs: [], running: [] });
	t.true(existsSync(status.folder), 'its logs are kept');
});

test.serial('a supervisor that was stopped: its watchdog heals within the lease of its heartbeat, and down ends it', async (t) => {
	const cwd = scratch(t);
	const { mark, status } = await up(t, cwd);
	const record = findSession(cwd)?.record;
	process.kill(status.pid, 'SIGSTOP');
	const ended = await daruma(['cluster', 'down', '--json'], { cwd });
	t.is(ended.code, 0, ended.stdout);
	t.is(JSON.parse(ended.stdout).how, 'forced');
	t.deepEqual((await mark.gone(2000)).left, []);
	t.false(existsSync(dirname(record?.socket as string)));
});

test.serial('supervisor and watchdog killed with a node frozen: status says 6, down clears it', async (t) => {
	const cwd = scratch(t);
	const { mark, status } = await up(t, cwd);
	t.is((await daruma(['inject', 'freeze', 'n1'], { cwd })).code, 0);
	const watchdog = mark.living().find((p) => p.command.includes('watchdog-main'));
	process.kill(status.pid, 'SIGKILL');
	process.kill(watchdog?.pid as number, 'SIGKILL');
	const looked = await daruma(['cluster', 'status', '--json'], { cwd });
	t.is(looked.code, 6, looked.stdout);
	t.is(JSON.parse(looked.stdout).error.code, 'E_UNHEALED');
	const ended = await daruma(['cluster', 'down', '--json'], { cwd });
	t.is(ended.code, 0, ended.stdout);
	t.regex(JSON.parse(ended.stdout).undone.join(), /^continue group \d+,remove /);
	t.deepEqual((await mark.gone(2000)).left, []);
});

test.serial('Ctrl-C while a detached cluster is being started leaves nothing', async (t) => {
	for (const afterMs of [300, 900, 1800]) {
		const cwd = scratch(t);
		const mark = new Marked();
		const running = start(['cluster', 'up', '--detach', '--replicas', '3'], { cwd, env: mark.env });
		await pause(afterMs);
		running.child.kill('SIGINT');
		const { code, signal, stderr } = await running.ended;
		// Before it listens to signals it dies of one, as anybody does; after it is ready it is too late.
		if (code === 0) t.is((await daruma(['cluster', 'down'], { cwd })).code, 0);
		else t.true(code === 130 || signal === 'SIGINT', `${code} ${signal} ${stderr}`);
		t.deepEqual((await mark.gone(8000)).left, [], `after ${afterMs} ms`);
	}
});

test.serial('a crash that nobody trips is taken back by heal from another terminal; the asker learns it', async (t) => {
	const cwd = scratch(t);
	await up(t, cwd);
	const waiting = start(['inject', 'crash', 'n1', '--json'], { cwd });
	const session = await connectSession(cwd);
	while ((await session.status()).faults[0]?.state !== 'waiting') await pause(50);
	session.close();
	t.is((await daruma(['heal', 'n1'], { cwd })).code, 0);
	const asked = await waiting.ended;
	t.is(asked.code, 3, asked.stdout);
	t.is(JSON.parse(asked.stdout).faults[0].state, 'healed');
	{
		await using attached = await attach(cwd);
		t.is(attached.nodes.length, 2);
		await using fault = await inject('delay', 'n2', { latency: '80ms' }, cwd);
		t.true(fault.effective);
		t.is((await attached.status()).faults[0]?.kind, 'delay');
	}
	t.is((await daruma(['cluster', 'status'], { cwd })).code, 0, 'who lets go of it does not end it');
	t.is((await daruma(['cluster', 'down'], { cwd })).code, 0);
});
