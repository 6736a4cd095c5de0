import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import {
	groupMembers,
	hasEnvironment,
	isAlive,
	isGone,
	ownIdentity,
	ownLineage,
	parseStat,
	processesWith,
	readProcess,
} from '../../src/platform/process-identity.js';
import { listByPs, parsePs } from '../../src/platform/process-ps.js';

const live = process.platform === 'linux' ? test : test.skip;
if (process.platform !== 'linux') console.log('skipped: /proc is tested on Linux');

const STAT = '4711 (we) R (ird) T 17 4242 4242 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 11 0 196686 2818048 190 18446744073709551615 1 1 0 0 0 0';

test('a name with spaces and parentheses does not shift the fields', (t) => {
	t.deepEqual(parseStat(STAT), { pid: 4711, comm: 'we) R (ird', state: 'T', ppid: 17, pgrp: 4242, threads: 11, startTime: '196686' });
});
for (const text of ['', 'x', '12 (torn', '12 (torn) S 1 2']) test(`"${text}" is no stat line`, (t) => t.is(parseStat(text), undefined));

test('a zombie is gone, unless other threads of it still run; a stopped process is not', (t) => {
	const as = (state: string, threads: number) => ({ pid: 5, startTime: '1', comm: 'x', state, ppid: 1, pgrp: 5, threads });
	t.deepEqual([as('Z', 1), as('X', 0), undefined].map(isGone), [true, true, true]);
	t.deepEqual([as('Z', 3), as('T', 1), as('S', 1), as('D', 1)].map(isGone), [false, false, false, false]);
});

live('a live process: identity, group, state, environment', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(dir, { recursive: true }));
	const program = join(dir, 'a (b) c');
	symlinkSync(execFileSync('sh', ['-c', 'command -v sleep'], { encoding: 'utf8' }).trim(), program);
	const token = `DARUMA_RUN=test-${process.pid}`;
	const child = spawn(program, ['300'], { detached: true, stdio: 'ignore', env: { DARUMA_RUN: token.split('=')[1] as string } });
	t.teardown(() => child.kill('SIGKILL'));
	await once(child, 'spawn');
	const pid = child.pid as number;
	const found = readProcess(pid);
	t.is(found?.comm, 'a (b) c');
	t.is(found?.pgrp, pid);
	t.deepEqual(
		groupMembers(pid).map((p) => p.pid),
		[pid],
	);
	t.deepEqual(
		processesWith(token).map((p) => p.pid),
		[pid],
	);
	t.false(hasEnvironment(pid, token.slice(0, -1)));
	const identity = { pid, startTime: found?.startTime as string };
	t.true(isAlive(identity));
	t.false(isAlive({ pid, startTime: '1' }));
	child.kill('SIGKILL');
	await once(child, 'exit');
	t.false(isAlive(identity));
	t.deepEqual(processesWith(token), []);
});

test('we know ourselves and our parents', (t) => {
	t.true(isAlive(ownIdentity()));
	const line = ownLineage();
	t.true(line.has(process.pid) && line.has(process.ppid));
});

test('what ps prints on macOS is read', (t) => {
	const text =
		'  501   1   501 Ss   Mon Nov 23 12:40:55 2026     /usr/sbin/cfprefsd agent\n 4711 501 501 T+   Tue Dec  1 02:03:04 2026     /Applications/My App (x)/run\n\nnonsense\n';
	t.deepEqual(parsePs(text), [
		{ pid: 501, ppid: 1, pgrp: 501, state: 'S', startTime: 'Mon Nov 23 12:40:55 2026', comm: '/usr/sbin/cfprefsd agent', threads: 1 },
		{ pid: 4711, ppid: 501, pgrp: 501, state: 'T', startTime: 'Tue Dec 1 02:03:04 2026', comm: '/Applications/My App (x)/run', threads: 1 },
	]);
});

test('ps and /proc agree about us, where there is a ps', (t) => {
	const [self] = listByPs(process.pid);
	if (!self) return t.log('skipped: there is no ps here') ?? t.pass();
	t.is(self.pid, process.pid);
	t.is(self.ppid, process.ppid);
	t.is(self.pgrp, readProcess(process.pid)?.pgrp as number);
	t.is(listByPs(process.pid)[0]?.startTime, self.startTime);
	t.true(listByPs().some((p) => p.pid === process.pid));
});
