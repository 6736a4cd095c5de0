import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Custody, Ward } from '../../src/custody/custody.js';
import { killOne } from '../../src/custody/group.js';
import { readJournal } from '../../src/custody/journal.js';
import { openCustody } from '../../src/custody/open.js';
import { DarumaError } from '../../src/model/errors.js';
import { descendants, groupMembers, type Identity, isAlive, ownIdentity, processesWith } from '../../src/platform/process-identity.js';
import { createRun, type RunFolder } from '../../src/platform/run-folder.js';
import { at, baseFolder, HOLDER, LINUX, left, noneLeft, until } from './arena.js';

const live = LINUX ? test.serial : test.serial.skip;
if (!LINUX) console.log('skipped: custody of live processes is tested on Linux (it needs /proc and setsid)');

const open = async (t: ExecutionContext, leaseMs = 5000): Promise<{ run: RunFolder; custody: Custody; watchdog: number }> => {
	const run = createRun(baseFolder(t));
	const custody = await openCustody({ run: run.id, folder: run.path, leaseMs });
	t.teardown(() => custody.close(0).catch(() => {}));
	return { run, custody, watchdog: readJournal(run.journal).debts.header?.watchdog.pid as number };
};
const hold = (custody: Custody, run: RunFolder, script: string, name = 'held'): Promise<Ward> =>
	custody.spawn({ name, entry: HOLDER, args: { argv: ['sh', '-c', script] }, logFile: run.log(name) });
const listen = (custody: Custody, run: RunFolder, mark?: string): Promise<Ward> =>
	custody.spawn({ name: 'ward', entry: at('./fixture-ward.js'), args: mark === undefined ? {} : { mark }, logFile: run.log('ward') });
const heard = (ward: Ward, kind: string): Promise<{ kind: string; [key: string]: unknown }> =>
	new Promise((resolve) => ward.onMessage((message) => message.kind === kind && resolve(message)));
const states = (ward: Ward): string =>
	groupMembers(ward.pid)
		.map((p) => p.state)
		.join('');

live('a ward gets its messages, tells its own, and its end is told', async (t) => {
	const { run, custody } = await open(t);
	const ward = await listen(custody, run);
	ward.send({ kind: 'early', n: 1 });
	t.deepEqual((await heard(ward, 'echo')).of, { kind: 'early', n: 1 });
	t.true(ward.running);
	ward.send({ kind: 'leave', code: 3 });
	t.deepEqual(await ward.exited, { code: 3, signal: null });
	t.false(ward.running);
	ward.signalGroup('SIGKILL');
	await ward.end();
	await custody.close();
	await custody.close();
	t.true(readJournal(run.journal).debts.closed);
	t.true(await noneLeft(run.id, 1000), left(run.id));
});

live('a ward whose entry throws says so in its log', async (t) => {
	const { run, custody } = await open(t);
	const ward = await custody.spawn({ name: 'bad', entry: join(run.path, 'none.js'), args: null, logFile: run.log('bad') });
	t.deepEqual(await ward.exited, { code: 70, signal: null });
	t.regex(readFileSync(run.log('bad'), 'utf8'), /none\.js/);
});

live('a holder tells of its command: its pid, its output in the log, its end; no shell, no command', async (t) => {
	const { run, custody } = await open(t);
	const ward = await hold(custody, run, 'echo "out $0"; echo err >&2; exit 7');
	const [started, exited] = await Promise.all([heard(ward, 'started'), heard(ward, 'exited')]);
	t.true(Number(started.pid) > 1);
	t.deepEqual(exited, { kind: 'exited', code: 7, signal: null });
	t.deepEqual(await ward.exited, { code: 7, signal: null });
	t.is(readFileSync(run.log('held'), 'utf8'), 'out sh\nerr\n');

	const absent = await custody.spawn({ name: 'absent', entry: HOLDER, args: { argv: ['/no/such; program'] }, logFile: run.log('absent') });
	t.deepEqual(await heard(absent, 'spawn-error'), { kind: 'spawn-error', code: 'ENOENT' });
	t.is((await absent.exited).code, 127);

	const killed = await hold(custody, run, 'kill -9 $$');
	t.deepEqual(await heard(killed, 'exited'), { kind: 'exited', code: null, signal: 'SIGKILL' });
	t.is((await killed.exited).code, 137);
});

live('a command under a holder gets its own signals once, and time to end', async (t) => {
	const { run, custody } = await open(t);
	const script = "trap 'echo hup' HUP; trap 'echo term; exit 0' TERM; echo up; while :; do sleep 0.05; done";
	const ward = await hold(custody, run, script);
	const log = (): string => readFileSync(run.log('held'), 'utf8');
	await until(t, 'up', () => log().includes('up'));
	ward.send({ kind: 'signal', signal: 'SIGHUP' });
	await until(t, 'hup', () => log().includes('hup'));
	t.true(ward.running);
	await ward.end(5000);
	// sh tells of its sleep, which the group's signal ended.
	t.is(log().replaceAll('Terminated\n', ''), 'up\nhup\nterm\n');
	t.is((await ward.exited).code, 0);
});

live('end waits no longer than the grace, also for what ignores SIGTERM or is frozen', async (t) => {
	const { run, custody } = await open(t);
	const deaf = await hold(custody, run, "trap '' TERM; echo up; while :; do sleep 0.05; done");
	await until(t, 'up', () => readFileSync(run.log('held'), 'utf8').includes('up'));
	const armed = await custody.arm({ kind: 'continue-group', pid: deaf.pid, startTime: deaf.startTime }, 60_000);
	deaf.signalGroup('SIGSTOP');
	await deaf.end(200);
	t.deepEqual(await deaf.exited, { code: null, signal: 'SIGKILL' });
	t.deepEqual(groupMembers(deaf.pid), []);
	await armed.heal();
});

live('when a leader dies alone, its group and those who left the group go too', async (t) => {
	const { run, custody } = await open(t);
	const ward = await hold(custody, run, 'setsid sleep 300 & sleep 300 & exec sleep 300');
	const other = await hold(custody, run, 'setsid sleep 300 & exec sleep 300', 'other');
	const strays = (): number => processesWith(`DARUMA_RUN=${run.id}`).filter((p) => p.comm === 'sleep' && p.pgrp === p.pid).length;
	await until(t, 'all are there', () => groupMembers(ward.pid).length === 3 && groupMembers(other.pid).length === 2 && strays() === 2);
	process.kill(ward.pid, 'SIGKILL');
	await ward.exited;
	t.deepEqual(groupMembers(ward.pid), []);
	t.is(strays(), 1, "the other ward's is left alone");
	t.is(groupMembers(other.pid).length, 2);
});

live('nothing of a ward runs before it is in the journal', async (t) => {
	const { run, custody, watchdog } = await open(t);
	process.kill(watchdog, 'SIGSTOP');
	const mark = join(run.path, 'mark');
	let spawned = false;
	const pending = listen(custody, run, mark).then((ward) => {
		spawned = true;
		return ward;
	});
	await until(t, 'it waits at its gate', () => processesWith(`DARUMA_RUN=${run.id}`).length === 1);
	const [child] = processesWith(`DARUMA_RUN=${run.id}`);
	// It has loaded its program when it listens for messages in its event loop: asleep, with all its threads.
	await until(t, 'it sleeps', () => processesWith(`DARUMA_RUN=${run.id}`).every((p) => p.state === 'S' && p.threads > 5));
	t.false(spawned);
	t.false(existsSync(mark));
	t.is(readJournal(run.journal).debts.wards.size, 0);
	process.kill(watchdog, 'SIGCONT');
	const ward = await pending;
	t.is(ward.pid, child?.pid as number);
	t.true(readJournal(run.journal).debts.wards.has(1));
	await until(t, 'it runs', () => existsSync(mark));
});

live('an armed undo is on disk, is carried out by heal, and only once', async (t) => {
	const { run, custody } = await open(t);
	const ward = await hold(custody, run, 'sleep 300 & exec sleep 300');
	await until(t, 'all are there', () => groupMembers(ward.pid).length === 3);
	const armed = await custody.arm({ kind: 'continue-group', pid: ward.pid, startTime: ward.startTime }, 60_000);
	t.deepEqual([...readJournal(run.journal).debts.armed.values()], [{ kind: 'continue-group', pid: ward.pid, startTime: ward.startTime }]);
	ward.signalGroup('SIGSTOP');
	await until(t, 'frozen', () => states(ward) === 'TTT');
	await armed.heal();
	t.notRegex(states(ward), /T/);
	ward.signalGroup('SIGSTOP');
	await until(t, 'frozen again, by somebody else', () => states(ward) === 'TTT');
	await armed.heal();
	t.is(states(ward), 'TTT');
	await until(t, 'crossed off', () => readJournal(run.journal).debts.armed.size === 0);
});

live('at its deadline the watchdog carries an undo out by itself', async (t) => {
	const { run, custody } = await open(t);
	const ward = await hold(custody, run, 'exec sleep 300');
	await until(t, 'all are there', () => groupMembers(ward.pid).length === 2);
	const armed = await custody.arm({ kind: 'continue-group', pid: ward.pid, startTime: ward.startTime }, 400);
	ward.signalGroup('SIGSTOP');
	await until(t, 'frozen', () => states(ward) === 'TT');
	await until(t, 'continued', () => !states(ward).includes('T'));
	await until(t, 'crossed off', () => readJournal(run.journal).debts.armed.size === 0);
	t.regex(readFileSync(run.journal, 'utf8'), /"kind":"undone","id":\d+,"by":"watchdog"/);
	t.true(ward.running);
	await armed.heal();
});

live('remove-file: what names the run is removed, what does not cannot even be armed', async (t) => {
	const { run, custody } = await open(t);
	const mine = join(run.scratch, 'socket');
	writeFileSync(mine, '');
	const armed = await custody.arm({ kind: 'remove-file', path: mine }, 60_000);
	await armed.heal();
	await armed.heal();
	t.false(existsSync(mine));
	await t.throwsAsync(custody.arm({ kind: 'remove-file', path: '/etc/hosts' }, 1000), { instanceOf: DarumaError, message: /not ours/ });
});

live('a renewed deadline passes by: what is armed later, and not renewed, is undone before', async (t) => {
	const { run, custody } = await open(t);
	const [renewed, left] = [join(run.scratch, 'renewed'), join(run.scratch, 'left')];
	writeFileSync(renewed, '');
	writeFileSync(left, '');
	const armed = await custody.arm({ kind: 'remove-file', path: renewed }, 1500);
	armed.renew(60_000);
	await custody.arm({ kind: 'remove-file', path: left }, 1500);
	await until(t, 'the watchdog has removed what was left', () => !existsSync(left), 20_000);
	t.true(existsSync(renewed));
	await armed.heal();
	t.false(existsSync(renewed));
	armed.renew(60_000);
});

live('remove-folder: an empty one that names the run; nothing else', async (t) => {
	const { run, custody } = await open(t);
	const folder = join(run.scratch, 'sockets');
	mkdirSync(folder);
	const armed = await custody.arm({ kind: 'remove-folder', path: folder }, 60_000);
	writeFileSync(join(folder, 's'), '');
	await t.throwsAsync(armed.heal(), { instanceOf: DarumaError, code: 'E_UNHEALED' });
	rmSync(join(folder, 's'));
	await armed.heal();
	await armed.heal();
	t.false(existsSync(folder));
	await t.throwsAsync(custody.arm({ kind: 'remove-folder', path: '/tmp' }, 1000), { instanceOf: DarumaError, message: /not ours/ });
});

live('only what this run has started can be armed', async (t) => {
	const { custody } = await open(t);
	const own = ownIdentity();
	await t.throwsAsync(custody.arm({ kind: 'kill-group', ...own, run: custody.run }, 1000), { instanceOf: DarumaError, code: 'E_NOT_OURS' });
	await t.throwsAsync(custody.arm({ kind: 'continue-group', ...own }, 1000), { instanceOf: DarumaError, code: 'E_NOT_OURS' });
});

live('who left the group and dropped its environment is still known by its parent', async (t) => {
	const { run, custody } = await open(t);
	const path = process.env.PATH;
	for (const how of ['end', 'kill', 'death of the watchdog'] as const) {
		const ward = await hold(custody, run, `env -i PATH=${path} setsid sleep 300 & exec sleep 300`);
		const strays = (): Identity[] => descendants([ward]).filter((p) => p.pgrp !== ward.pid && p.comm === 'sleep');
		await until(t, 'it has left', () => strays().length === 1);
		const stray = strays()[0] as Identity;
		t.teardown(() => void killOne(stray));
		if (how === 'end') await ward.end(100);
		else if (how === 'kill') ward.signalGroup('SIGKILL');
		else {
			process.kill(readJournal(run.journal).debts.header?.watchdog.pid as number, 'SIGKILL');
			await custody.broken;
			await custody.close(0);
		}
		await ward.exited;
		t.false(isAlive(stray), how);
	}
});

live('who outlives its leader still has the rest of the grace', async (t) => {
	const { run, custody } = await open(t);
	const ward = await hold(custody, run, "(trap 'sleep 0.3; echo done; exit' TERM; echo up; while :; do sleep 0.05; done) & exec sleep 300");
	await until(t, 'up', () => readFileSync(run.log('held'), 'utf8').includes('up'));
	await ward.end(5000);
	t.regex(readFileSync(run.log('held'), 'utf8'), /done/);
	t.deepEqual(groupMembers(ward.pid), []);
});

for (const [how, signal] of [
	['dies', 'SIGKILL'],
	['hangs', 'SIGSTOP'],
] as const) {
	live(`a watchdog that ${how} breaks custody: nothing more is started, and close heals and leaves nothing`, async (t) => {
		const { run, custody, watchdog } = await open(t, 1000);
		const frozen = await hold(custody, run, 'setsid sleep 300 & exec sleep 300');
		const running = await listen(custody, run);
		await until(
			t,
			'all are there',
			() => groupMembers(frozen.pid).length === 2 && processesWith(`DARUMA_RUN=${run.id}`).some((p) => p.pgrp === p.pid && p.comm === 'sleep'),
		);
		await custody.arm({ kind: 'continue-group', pid: frozen.pid, startTime: frozen.startTime }, 60_000);
		frozen.signalGroup('SIGSTOP');
		process.kill(watchdog, signal);
		t.regex(await custody.broken, /watchdog/);
		await t.throwsAsync(listen(custody, run), { instanceOf: DarumaError, code: 'E_CUSTODY' });
		await t.throwsAsync(custody.arm({ kind: 'continue-group', pid: running.pid, startTime: running.startTime }, 1000), {
			instanceOf: DarumaError,
			code: 'E_CUSTODY',
		});
		await custody.close(500);
		t.true(await noneLeft(run.id, 1000), left(run.id));
		t.true(readJournal(run.journal).debts.closed);
	});
}

live('no signal of a terminal moves the watchdog', async (t) => {
	const { run, custody, watchdog } = await open(t);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.kill(watchdog, signal);
	const ward = await listen(custody, run);
	await heard(ward, 'listening');
	await custody.close();
	t.true(readJournal(run.journal).debts.closed);
	t.false(isAlive({ pid: ward.pid, startTime: ward.startTime }));
});

live('closing does not break custody, and is the same for all who ask', async (t) => {
	const { run, custody } = await open(t);
	const ward = await listen(custody, run);
	let broken = '';
	void custody.broken.then((why) => {
		broken = why;
	});
	await Promise.all([custody.close(), custody.close()]);
	await t.throwsAsync(listen(custody, run), { instanceOf: DarumaError, code: 'E_CUSTODY' });
	t.false(ward.running);
	t.is(broken, '');
});

live('a full disk is told before anything starts', async (t) => {
	const run = createRun(baseFolder(t));
	symlinkSync('/dev/full', run.journal);
	const error = await t.throwsAsync(openCustody({ run: run.id, folder: run.path }), { instanceOf: DarumaError, code: 'E_WATCHDOG' });
	t.regex(error.message, /ENOSPC/);
	t.is(error.exit, 4);
	t.true(await noneLeft(run.id, 2000), left(run.id));
});

live('a working directory that is not there is told', async (t) => {
	const { run, custody } = await open(t);
	await t.throwsAsync(custody.spawn({ name: 'lost', entry: HOLDER, args: {}, logFile: run.log('lost'), cwd: join(run.path, 'nowhere') }), {
		instanceOf: DarumaError,
		code: 'E_SPAWN',
		message: /lost could not be started: ENOENT/,
	});
});
