import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const FIXTURE = fileURLToPath(new URL('./base-command.fixture.js', import.meta.url));
interface Ended {
	code: number | null;
	stdout: string;
	stderr: string;
}
const start = (args: string[], env: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Ended>; said: { stdout: string; stderr: string } } => {
	const child = spawn(process.execPath, [FIXTURE, ...args], { env: { PATH: process.env.PATH ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
	const said = { stdout: '', stderr: '' };
	child.stdout?.on('data', (chunk) => (said.stdout += chunk));
	child.stderr?.on('data', (chunk) => (said.stderr += chunk));
	return { child, said, ended: once(child, 'close').then(([code]) => ({ code, ...said })) };
};
const run = (args: string[], env?: Record<string, string>): Promise<Ended> => start(args, env).ended;
const heard = async (process: ReturnType<typeof start>, text: string): Promise<void> => {
	while (!process.said.stderr.includes(text)) await once(process.child.stderr!, 'data');
};

const ways: [args: string[], code: number, document: object][] = [
	[['--how', 'well'], 0, { verdict: 'well' }],
	[['--how', 'failed'], 1, { verdict: 'failed' }],
	[['--how', 'stage'], 4, { error: { code: 'E_PORT_IN_USE', message: 'port 80 is taken', hint: 'stop whoever holds it' } }],
];
for (const [args, code, document] of ways) {
	test(`${args.join(' ')}: the same exit code with and without --json, which is one document`, async (t) => {
		const json = await run([...args, '--json']);
		t.is(json.code, code);
		t.deepEqual(JSON.parse(json.stdout), document);
		t.is(json.stderr, '');
		t.is((await run(args)).code, code);
	});
}

test('usage errors are short, exit 2 and E_USAGE', async (t) => {
	for (const args of [['--how', 'well', '--nope'], ['--how', 'sideways'], ['--how', 'well', '--count', 'many'], [], ['--how', 'well', 'surplus']]) {
		const json = await run([...args, '--json']);
		t.is(json.code, 2, args.join(' '));
		const { error } = JSON.parse(json.stdout);
		t.is(error.code, 'E_USAGE');
		t.true(json.stdout.length < 600, json.stdout);
		const text = await run(args);
		t.is(text.code, 2);
		t.true(text.stderr.startsWith('error: '), text.stderr);
		t.is(text.stdout, '');
	}
});

test('anything unexpected is our bug: exit 70, and says what to do', async (t) => {
	const json = await run(['--how', 'bug', '--json']);
	t.is(json.code, 70);
	const { error } = JSON.parse(json.stdout);
	t.like(error, { code: 'E_BUG', message: 'x is not a function' });
	t.regex(error.hint, /report it.*daruma heal/);
	const text = await run(['--how', 'bug']);
	t.is(text.code, 70);
	t.regex(text.stderr, /base-command\.fixture/, 'the stack is there');
});

test('exit() keeps its code', async (t) => {
	t.is((await run(['--how', 'exit'])).code, 3);
	t.is((await run(['--how', 'exit', '--json'])).code, 3);
});

test('a reader that leaves early is no error', async (t) => {
	const { child, ended } = start(['--how', 'much']);
	child.stdout?.once('data', () => child.stdout?.destroy());
	const { code, stderr } = await ended;
	t.is(code, 0);
	t.is(stderr, '');
});

test('colours: never into a pipe, forced by FORCE_COLOR, off by flag and NO_COLOR', async (t) => {
	const painted = async (args: string[], env?: Record<string, string>): Promise<boolean> =>
		(await run(['--how', 'stage', ...args], env)).stderr.includes('\u001b[');
	t.false(await painted([]));
	t.true(await painted([], { FORCE_COLOR: '1' }));
	t.false(await painted(['--no-color'], { FORCE_COLOR: '1' }));
	t.false(await painted([], { FORCE_COLOR: '1', NO_COLOR: '1' }));
});

for (const [signal, code] of [
	['SIGINT', 130],
	['SIGTERM', 143],
] as const) {
	test(`${signal} heals once and exits ${code}`, async (t) => {
		const running = start(['--how', 'wait', '--json']);
		await heard(running, 'ready');
		running.child.kill(signal);
		const ended = await running.ended;
		t.is(ended.code, code);
		t.is(ended.stderr, `ready\nhealing after ${signal}\n`);
		t.deepEqual(JSON.parse(ended.stdout), { healed: true });
	});

	test(`a second ${signal} leaves at once`, async (t) => {
		const running = start(['--how', 'wait'], { STUCK: '1' });
		await heard(running, 'ready');
		running.child.kill('SIGINT');
		await heard(running, 'healing');
		running.child.kill(signal);
		const ended = await running.ended;
		t.is(ended.code, code);
		t.is(ended.stderr, 'ready\nhealing after SIGINT\n');
	});
}
