import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Hooks, openHooks } from '../../src/custody/hooks.js';
import type { HookEnded } from '../../src/custody/hooks-main.js';

const NODE = process.execPath;
const node = (script: string, ...args: string[]): string[] => [NODE, '-e', script, ...args];

const open = async (t: ExecutionContext, options: Partial<Parameters<typeof openHooks>[0]> = {}) => {
	const ends: HookEnded[] = [];
	let wake: () => void = () => {};
	const hooks: Hooks = await openHooks({
		most: 2,
		mostWaiting: 3,
		timeoutMs: 20_000,
		ended: (_, ended) => {
			ends.push(ended);
			wake();
		},
		...options,
	});
	t.teardown(() => hooks.close(0));
	const after = async (n: number): Promise<HookEnded[]> => {
		while (ends.length < n) await new Promise<void>((resolve) => (wake = resolve));
		return ends;
	};
	return { hooks, ends, after };
};
const folder = (t: ExecutionContext): string => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-hooks-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	return dir;
};
const gone = async (pid: number): Promise<void> => {
	for (;;) {
		try {
			if (/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return;
		} catch {
			return;
		}
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
};
const appears = async (file: string): Promise<string> => {
	while (!existsSync(file) || readFileSync(file, 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 20));
	return readFileSync(file, 'utf8');
};

test('words and environment arrive as they are, without a shell; how it ended is told', async (t) => {
	const { hooks, after } = await open(t);
	t.true(hooks.run(node('console.log(process.argv[1], process.env.DARUMA_TO); process.exit(3)', '$(id); *'), { DARUMA_TO: 'down' }));
	t.true(hooks.run(['/nowhere/at/all'], {}));
	const ends = await after(2);
	t.like(
		ends.find(({ code }) => code === 3),
		{ signal: null, timedOut: false, output: '$(id); * down' },
	);
	t.like(
		ends.find(({ error }) => error !== undefined),
		{ error: 'ENOENT', code: null },
	);
});

test('so many at a time, so many waiting, and no more', async (t) => {
	const dir = folder(t);
	const { hooks, after } = await open(t);
	const waits = (name: string): string[] =>
		node(`const fs = require('fs'); const t = setInterval(() => { if (fs.existsSync(process.argv[1])) clearInterval(t) }, 10)`, join(dir, name));
	t.deepEqual(
		[1, 2, 3, 4, 5, 6, 7].map(() => hooks.run(waits('go'), {})),
		[true, true, true, true, true, false, false],
	);
	t.is(hooks.running, 2);
	(await import('node:fs')).writeFileSync(join(dir, 'go'), '');
	t.true((await after(5)).every(({ code }) => code === 0));
	t.is(hooks.running, 0);
});

test('one that takes too long is ended with its children', async (t) => {
	const dir = folder(t);
	const { hooks, after } = await open(t, { timeoutMs: 3000 });
	hooks.run(['/bin/sh', '-c', 'sleep 1000 & echo $! > "$0"; wait', join(dir, 'pid')], {});
	t.like((await after(1))[0], { timedOut: true, signal: 'SIGKILL' });
	// A machine so busy that a shell does not begin within three seconds has nothing to show here.
	if (existsSync(join(dir, 'pid'))) await gone(Number(await appears(join(dir, 'pid'))));
});

test('at the end those that run have a grace, and then are no more', async (t) => {
	const dir = folder(t);
	const { hooks, ends } = await open(t);
	hooks.run(node('process.exit(0)'), {});
	hooks.run(
		node(`require('fs').writeFileSync(process.argv[1], String(process.pid)); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`, join(dir, 'pid')),
		{},
	);
	const pid = Number(await appears(join(dir, 'pid')));
	await hooks.close(50);
	await gone(pid);
	t.is(ends[0]?.code, 0);
	t.false(hooks.run(node(''), {}));
});
