import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { parseTarget } from '../../src/model/target.js';
import { commandWords } from '../../src/probes/command-words.js';
import { exec } from '../../src/probes/exec.js';
import { have, scratch } from '../subjects/stage.js';
import { ask, askAll, clock } from './ask.js';

const script = (t: ExecutionContext, text: string): string => {
	const path = join(scratch(t), 'check.sh');
	writeFileSync(path, `#!/bin/sh\n${text}\n`);
	chmodSync(path, 0o755);
	return path;
};
const lives = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		// A zombie waits for its parent alone.
		return !/^\d+ \(.*\) Z/.test(existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : '');
	} catch {
		return false;
	}
};
const until = async (what: () => boolean): Promise<boolean> => {
	for (let n = 0; n < 2000; n++) {
		if (what()) return true;
		await sleep(5);
	}
	return false;
};

test('words, as a shell splits them, and nothing else of a shell', (t) => {
	for (const [line, words] of [
		['', []],
		['  a  b\tc ', ['a', 'b', 'c']],
		[`-m "two words" 'it''s' "" x`, ['-m', 'two words', 'its', '', 'x']],
		[`a\\ b "c\\"d" 'e\\f' "g\\h"`, ['a b', 'c"d', 'e\\f', 'g\\h']],
		['$HOME * | ; `id` > x', ['$HOME', '*', '|', ';', '`id`', '>', 'x']],
	] as const)
		t.deepEqual(commandWords(line), words as unknown as string[], line);
	for (const line of ['"a', "'a", 'a\\']) t.throws(() => commandWords(line), { code: 'E_TARGET' }, line);
});

test('exit codes, signals, first lines', async (t) => {
	for (const [text, verdict, reason, status, detail] of [
		['echo all well; echo more', 'ok', undefined, 0, 'all well'],
		['exit 0', 'ok', undefined, 0, undefined],
		['echo; echo "  nearly full"; exit 1', 'warning', undefined, 1, 'nearly full'],
		['echo on stderr >&2; exit 2', 'failed', 'exit', 2, 'on stderr'],
		['exit 3', 'failed', 'exit', 3, 'ended with exit code 3'],
		['kill -SEGV $$', 'failed', 'exit', undefined, 'ended by SIGSEGV'],
		['printf "a\\033[31mb\\0c"', 'ok', undefined, 0, 'a [31mb c'],
		[`printf '%0500d' 7`, 'ok', undefined, 0, `${'0'.repeat(199)}…`],
		['read x && exit 5; exit 0', 'ok', undefined, 0, undefined],
		['exit 255', 'failed', 'exit', 255, 'ended with exit code 255'],
	] as const) {
		const answer = await ask(`exec:${script(t, text)}`);
		t.deepEqual([answer.verdict, answer.reason, answer.status, answer.detail], [verdict, reason, status, detail], text);
		t.is(answer.body, undefined);
	}
});

test('arguments reach it as they are, and the target', async (t) => {
	const path = script(t, `printf '%s\\n' "$#" "$@" "$DARUMA_TARGET"`);
	const answer = await ask(`exec:${path} -x "a b" '$HOME;*'`, { keepBody: true });
	t.is(Buffer.from(answer.body ?? []).toString(), `3\n-x\na b\n$HOME;*\nexec:${path} -x "a b" '$HOME;*'\n`);
	const twice = await askAll('exec:true', { times: 2 });
	t.true(twice.every((a) => a.verdict === 'ok' && a.fresh));
});

test('what is not there, or cannot be started', async (t) => {
	for (const url of ['exec:./nowhere.sh', 'exec:daruma-no-such-program', `exec:${scratch(t)}`, 'exec:true "']) {
		const wrong = await t.throwsAsync(ask(url), undefined, url);
		t.is((wrong as { exit?: number } | undefined)?.exit, 2, url);
	}
	const path = script(t, '');
	writeFileSync(path, '#!/no/such/interpreter\n');
	const answer = await ask(`exec:${path}`);
	t.deepEqual([answer.verdict, answer.reason], ['failed', 'local']);
	t.regex(answer.detail ?? '', /cannot be started/);
});

test('at the deadline, and on close, its whole group is killed', async (t) => {
	const dir = scratch(t);
	const pids = (name: string): number[] => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8').split('\n').filter(Boolean).map(Number) : []);
	const path = script(t, `trap '' TERM INT HUP; sleep 1000 & echo $! >"$1"; echo $$ >>"$1"; wait; sleep 1000`);
	const file = join(dir, 'late');
	const answer = await ask(`exec:${path} ${file}`, { timeoutMs: 700 });
	t.is(answer.reason, 'answer-timeout');
	if (pids('late').length === 2) t.true(await until(() => !pids('late').some(lives)));

	const prober = exec.open(parseTarget(`exec:${path} ${join(dir, 'closed')}`), { clock, keepBody: false, maxBody: 1000 }, () =>
		t.fail('nothing is reported after close'),
	);
	prober.ask(true);
	t.true(await until(() => pids('closed').length === 2));
	prober.close();
	t.true(await until(() => !pids('closed').some(lives)));
});

test('what it leaves behind goes with it, and holds nobody up', async (t) => {
	const pidFile = join(scratch(t), 'pid');
	const answer = await ask(`exec:${script(t, `sleep 1000 & echo $! >${pidFile}; echo done`)}`);
	t.deepEqual([answer.verdict, answer.detail], ['ok', 'done']);
	const pid = Number(readFileSync(pidFile, 'utf8'));
	t.true(await until(() => !lives(pid)));
});

test('who left its group lives on, and holds nobody up', async (t) => {
	if (!have(t, 'setsid')) return;
	const pidFile = join(scratch(t), 'pid');
	const answer = await ask(`exec:${script(t, `setsid sh -c 'echo $$ >${pidFile}; exec sleep 1000' & while [ ! -s ${pidFile} ]; do :; done; echo done`)}`);
	const pid = Number(readFileSync(pidFile, 'utf8'));
	t.teardown(() => process.kill(pid, 'SIGKILL'));
	t.deepEqual([answer.verdict, answer.detail, lives(pid)], ['ok', 'done', true]);
});

test('endless output is ended, and not kept', async (t) => {
	const before = process.memoryUsage().rss;
	for (const text of ['yes', 'yes >&2', 'while :; do printf x; done']) {
		const answer = await ask(`exec:${script(t, text)}`, { maxBody: 20_000, keepBody: true });
		t.deepEqual([answer.verdict, answer.reason], ['failed', 'too-large'], text);
		t.true((answer.body?.length ?? 0) <= 20_000);
	}
	t.true(process.memoryUsage().rss - before < 100e6);
});

test('a check does not outlive a process that exits in the middle', async (t) => {
	const pidFile = join(scratch(t), 'pid');
	const path = script(t, `echo $$ >${pidFile}; sleep 1000`);
	const url = (name: string): string => JSON.stringify(new URL(`../../src/${name}.js`, import.meta.url).href);
	const code = `
		const { exec } = await import(${url('probes/exec')});
		const { parseTarget } = await import(${url('model/target')});
		const { existsSync, readFileSync } = await import('node:fs');
		exec.open(parseTarget(${JSON.stringify(`exec:${path}`)}), { clock: { now: () => 0 }, keepBody: false, maxBody: 1000 }, () => {}).ask(true);
		setInterval(() => { if (existsSync(${JSON.stringify(pidFile)}) && readFileSync(${JSON.stringify(pidFile)}, 'utf8').endsWith('\\n')) process.exit(0); }, 5);`;
	const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit', cwd: fileURLToPath(new URL('.', import.meta.url)) });
	t.teardown(() => child.kill('SIGKILL'));
	t.is(await new Promise((resolve) => child.once('exit', resolve)), 0);
	const pid = Number(readFileSync(pidFile, 'utf8'));
	t.true(await until(() => !lives(pid)));
});
