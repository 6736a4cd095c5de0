import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { daruma, scratch, start } from './daruma.js';
import { write } from './experiment.js';
import { Marked } from './leftovers.js';
import { pullThePlug } from './survival.js';

/** The whole of it, at 20 moments each, is in test/long. */
test.serial('kill -9 at 3 moments leaves nothing after 2 s', (t) => pullThePlug(t, 'SIGKILL', 3, 21, 2000, 6000));
test.serial('SIGSTOP at a moment leaves nothing but itself after its lease', (t) => pullThePlug(t, 'SIGSTOP', 1, 22, 9000, 6000));

const frozen = async (t: ExecutionContext) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, { fault: { kind: 'freeze', target: 'n2', for: '20s' } });
	const running = start(['verify', '--json'], { cwd, env: mark.env });
	t.teardown(() => running.child.kill('SIGKILL'));
	await running.says(/n2: freeze effective/);
	const watchdog = mark.living().find((p) => p.command.includes('watchdog-main'));
	if (!watchdog) throw new Error('no watchdog among those that were started');
	return { mark, cwd, running, watchdog: watchdog.pid };
};

test.serial('a killed watchdog stops the run: exit 4, healed', async (t) => {
	const { mark, running, watchdog } = await frozen(t);
	process.kill(watchdog, 'SIGKILL');
	const ran = await running.ended;
	t.is(ran.code, 4, ran.stdout + ran.stderr);
	const { error } = JSON.parse(ran.stdout);
	t.is(error.code, 'E_CUSTODY');
	t.regex(error.message, /watchdog.*everything was healed/);
	t.deepEqual((await mark.gone(1000)).left, []);
});

test.serial('both killed while a node is frozen: heal reads the journal, and nothing is left', async (t) => {
	const { mark, cwd, running, watchdog } = await frozen(t);
	running.child.kill('SIGKILL');
	process.kill(watchdog, 'SIGKILL');
	await once(running.child, 'exit');
	// Those that run end themselves; the frozen ones cannot.
	const stopped = (): number => mark.living().filter((p) => p.state === 'T').length;
	const limit = performance.now() + 3000;
	while (mark.living().length > stopped() && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 20));
	t.true(stopped() > 0, 'only a frozen group can outlive both');
	t.is(mark.living().length, stopped());
	const doctor = await daruma(['doctor', '--json'], { cwd });
	t.is(doctor.code, 4);
	t.regex(doctor.stdout, /daruma heal/);
	const healed = await daruma(['heal', '--json'], { cwd });
	t.is(healed.code, 0, healed.stdout);
	const { runs } = JSON.parse(healed.stdout);
	t.is(runs.length, 1);
	t.is(runs[0].outcome, 'healed');
	t.deepEqual(
		runs[0].undone.map((what: string) => what.replace(/\d+/, 'n2')),
		['continue group n2'],
	);
	t.deepEqual((await mark.gone(500)).left, []);
	t.is((await daruma(['doctor'], { cwd })).code, 0);
	t.deepEqual(JSON.parse((await daruma(['heal', '--json'], { cwd })).stdout), { runs: [], running: [] });
});
