import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { living, signalGroup } from '../../src/custody/group.js';
import { heal, readJournals } from '../../src/custody/heal.js';
import type { Entry } from '../../src/custody/journal.js';
import { bootId, type Identity, isAlive, readProcess } from '../../src/platform/process-identity.js';
import { createRun, type RunFolder } from '../../src/platform/run-folder.js';
import { baseFolder, LINUX, until } from './arena.js';

const live = LINUX ? test : test.skip;
if (!LINUX) console.log('skipped: healing of live processes is tested on Linux');

const NOBODY: Identity = { pid: 2 ** 22 + 1, startTime: '1' };
const header = (run: RunFolder, boot = bootId()): Entry => ({
	kind: 'header',
	schema: 'daruma.journal/1',
	run: run.id,
	boot,
	daruma: NOBODY,
	watchdog: NOBODY,
	at: '2026-11-23T12:00:00.000Z',
});
const write = (run: RunFolder, entries: Entry[], tail = ''): void => writeFileSync(run.journal, entries.map((e) => `${JSON.stringify(e)}\n`).join('') + tail);

/** A process that leads its own group, as a ward does. */
const process_ = async (t: ExecutionContext, env: Record<string, string> = {}): Promise<Identity> => {
	const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore', env: { ...process.env, ...env } });
	t.teardown(() => child.kill('SIGKILL'));
	await once(child, 'spawn');
	return { pid: child.pid as number, startTime: readProcess(child.pid as number)?.startTime as string };
};

live('a pid that is somebody else by now is never signalled, whatever the journal owes', async (t) => {
	const base = baseFolder(t);
	const run = createRun(base);
	const innocent = await process_(t);
	process.kill(innocent.pid, 'SIGSTOP');
	await until(t, 'stopped', () => readProcess(innocent.pid)?.state === 'T');
	const stale = { pid: innocent.pid, startTime: String(Number(innocent.startTime) - 1) };
	write(run, [
		header(run),
		{ kind: 'ward', ward: 1, name: 'n1', ...stale },
		{ kind: 'member', ward: 1, ...stale },
		{ kind: 'armed', id: 2, undo: { kind: 'kill-group', ...stale, run: run.id }, withinMs: 1 },
		{ kind: 'armed', id: 3, undo: { kind: 'continue-group', ...stale }, withinMs: 1 },
	]);
	const report = await heal(base);
	t.is(report.runs[0]?.outcome, 'healed');
	t.deepEqual(report.runs[0]?.ended, []);
	t.true(isAlive(innocent));
	t.is(readProcess(innocent.pid)?.state, 'T', 'not even continued');
});

live('the right one is: undone, latest first, ended, and crossed off', async (t) => {
	const base = baseFolder(t);
	const run = createRun(base);
	const [ward, stray] = [await process_(t), await process_(t, { DARUMA_RUN: run.id })];
	process.kill(ward.pid, 'SIGSTOP');
	const file = join(run.scratch, 'left-over');
	writeFileSync(file, '');
	write(run, [
		header(run),
		{ kind: 'ward', ward: 1, name: 'n1', ...ward },
		{ kind: 'armed', id: 2, undo: { kind: 'continue-group', ...ward }, withinMs: 1 },
		{ kind: 'armed', id: 3, undo: { kind: 'remove-file', path: file }, withinMs: 1 },
	]);
	t.is(readJournals(base)[0]?.state, 'unfinished');
	const report = await heal(base);
	t.deepEqual(report.runs[0]?.undone, [`remove ${file}`, `continue group ${ward.pid}`]);
	t.deepEqual(report.runs[0]?.ended, [`n1 (pid ${ward.pid})`]);
	t.is(report.runs[0]?.strays, 1);
	t.false(existsSync(file));
	t.false(isAlive(ward) || isAlive(stray));
	t.is(readJournals(base)[0]?.state, 'closed');
});

live('a torn last line was never acknowledged: it is passed over, and what stands before it is healed', async (t) => {
	const base = baseFolder(t);
	const run = createRun(base);
	const ward = await process_(t);
	write(run, [header(run), { kind: 'ward', ward: 1, name: 'n1', ...ward }], '{"kind":"ward","ward":2,"na');
	const report = await heal(base);
	t.is(report.runs[0]?.torn, 1);
	t.false(isAlive(ward));
	t.is(readJournals(base)[0]?.state, 'closed', 'what heal wrote stands on a line of its own');
	t.deepEqual(await heal(base), { runs: [], running: [] });
});

live('after a reboot no process is touched, and files still are', async (t) => {
	const base = baseFolder(t);
	const run = createRun(base);
	const innocent = await process_(t);
	const file = join(run.scratch, 'left-over');
	writeFileSync(file, '');
	write(run, [
		header(run, 'another-boot'),
		{ kind: 'ward', ward: 1, name: 'n1', ...innocent },
		{ kind: 'armed', id: 2, undo: { kind: 'kill-group', ...innocent, run: run.id }, withinMs: 1 },
		{ kind: 'armed', id: 3, undo: { kind: 'remove-file', path: file }, withinMs: 1 },
	]);
	const report = await heal(base);
	t.deepEqual(report.runs[0]?.undone, [`remove ${file}`]);
	t.true(isAlive(innocent));
});

live('a run whose daruma lives is left alone, unless forced', async (t) => {
	const base = baseFolder(t);
	const run = createRun(base);
	const [daruma, ward] = [await process_(t), await process_(t)];
	write(run, [{ ...header(run), daruma } as Entry, { kind: 'ward', ward: 1, name: 'n1', ...ward }]);
	t.deepEqual(await heal(base), { runs: [], running: [run.id] });
	t.true(isAlive(ward));
	t.is((await heal(base, { force: true })).runs[0]?.outcome, 'healed');
	t.false(isAlive(ward));
	t.true(isAlive(daruma));
});

live('what cannot be undone is exit 6, the journal stays open, and the rest is healed', async (t) => {
	const base = baseFolder(t);
	const run = createRun(base);
	const ward = await process_(t);
	write(run, [
		header(run),
		{ kind: 'ward', ward: 1, name: 'n1', ...ward },
		{ kind: 'armed', id: 2, undo: { kind: 'remove-file', path: run.scratch }, withinMs: 1 },
	]);
	const error = await t.throwsAsync<Error & { exit: number; code: string }>(heal(base));
	t.is(error.exit, 6);
	t.is(error.code, 'E_UNHEALED');
	t.regex(error.message, /scratch is a folder/);
	t.false(isAlive(ward));
	t.is(readJournals(base)[0]?.state, 'unfinished');
	t.notRegex(readFileSync(run.journal, 'utf8'), /closed/);
});

live('with the leader gone, a group is ours only if a known or marked process is in it', async (t) => {
	const child = spawn('sh', ['-c', 'sleep 300 & sleep 300 & exit 0'], { detached: true, stdio: 'ignore', env: { ...process.env, DARUMA_RUN: 'marked' } });
	await once(child, 'exit');
	const leader = { pid: child.pid as number, startTime: '1' };
	const members = living({ ...leader, token: 'DARUMA_RUN=marked', members: [] });
	t.teardown(() => {
		for (const p of members) process.kill(p.pid, 'SIGKILL');
	});
	t.is(members.length, 2);
	t.is(living({ ...leader, token: 'DARUMA_RUN=other', members: [] }).length, 0);
	t.is(living({ ...leader, token: 'DARUMA_RUN=other', members: [members[0] as Identity] }).length, 2);
	t.is(living({ ...leader, token: 'DARUMA_RUN=other', members: [{ pid: members[0]?.pid as number, startTime: '0' }] }).length, 0);
});

test('pids that address everybody are never signalled', (t) => {
	for (const pid of [0, 1, -1, Number.NaN, undefined as unknown as number])
		t.false(signalGroup({ pid, startTime: '0', token: 'DARUMA_RUN=x', members: [] }, 'SIGCONT'));
});
