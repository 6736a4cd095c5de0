import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { daruma, ROOT, scratch, start } from './daruma.js';
import { write } from './experiment.js';
import { Marked } from './leftovers.js';

const FREEZE = { kind: 'freeze', target: 'n2', for: '20s' };

/** A run whose n2 is frozen now. */
const frozen = async (t: ExecutionContext) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, { fault: FREEZE });
	const running = start(['verify', '--json'], { cwd, env: mark.env });
	t.teardown(() => running.child.kill('SIGKILL'));
	await running.says(/n2: freeze effective/);
	t.true(
		mark.living().some((p) => p.state === 'T'),
		'a process is stopped',
	);
	return { mark, cwd, running };
};

for (const [signal, code, error] of [
	['SIGINT', 130, 'E_INTERRUPTED'],
	['SIGTERM', 143, 'E_TERMINATED'],
] as const) {
	test.serial(`${signal} while a node is frozen: healed, said so, exit ${code}, nothing left`, async (t) => {
		const { mark, cwd, running } = await frozen(t);
		t.is(JSON.parse((await daruma(['runs', 'ls', '--json'], { cwd })).stdout).runs[0].verdict, 'running');
		const began = performance.now();
		running.child.kill(signal);
		const ran = await running.ended;
		t.true(performance.now() - began < 10_000, 'it does not wait for the end of a fault that is healed');
		t.is(ran.code, code, ran.stderr);
		t.is(JSON.parse(ran.stdout).error.code, error);
		t.regex(JSON.parse(ran.stdout).error.message, /everything was healed/);
		t.regex(ran.stderr, new RegExp(`${signal}: healing`));
		t.deepEqual((await mark.gone(500)).left, []);
		const healed = await daruma(['heal', '--json'], { cwd });
		t.deepEqual(JSON.parse(healed.stdout), { runs: [], running: [] }, 'there is nothing to heal');
		t.is(JSON.parse((await daruma(['runs', 'ls', '--json'], { cwd })).stdout).runs[0].verdict, 'unfinished');
	});
}

test.serial('a second SIGINT leaves at once; the watchdog cleans up', async (t) => {
	const { mark, cwd, running } = await frozen(t);
	running.child.kill('SIGINT');
	await running.says(/SIGINT: healing/);
	const began = performance.now();
	running.child.kill('SIGINT');
	const [code] = await once(running.child, 'exit');
	t.is(code, 130);
	t.log(`left after ${(performance.now() - began).toFixed(0)} ms`);
	t.deepEqual((await mark.gone(4000)).left, []);
	t.is((await daruma(['heal'], { cwd })).code, 0);
});

test.serial('Ctrl-C goes to the whole foreground group: children do not die of it before they are healed', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, { fault: FREEZE });
	const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), 'verify'], {
		cwd,
		env: { ...process.env, ...mark.env },
		detached: true,
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	t.teardown(() => child.kill('SIGKILL'));
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	while (!/freeze effective/.test(said)) await once(child.stderr, 'data');
	process.kill(-child.pid!, 'SIGINT');
	const [code] = await once(child, 'close');
	t.is(code, 130, said);
	t.regex(said, /interrupted by Ctrl-C; everything was healed/);
	t.deepEqual((await mark.gone(500)).left, []);
});

test.serial('a reader that has gone (| head -1) breaks neither the run nor its heal', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, { fault: { ...FREEZE, for: '500ms' }, after: '500ms', expect: { availability: '>= 10%' } });
	const running = start(['verify'], { cwd, env: mark.env });
	running.child.stdout?.destroy();
	await running.says(/n2: freeze effective/);
	running.child.stderr?.destroy();
	const [code] = await once(running.child, 'exit');
	t.true(code === 0 || code === 3, `${code}`);
	t.deepEqual((await mark.gone(1000)).left, []);
	t.is((await daruma(['report', 'latest', '--json'], { cwd })).code, code);
});
