import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { listRuns } from '../../src/platform/run-folder.js';
import { daruma, type Ran, scratch, start } from './daruma.js';
import { FIXTURES, gateway, type Wanted, write } from './experiment.js';
import { Marked } from './leftovers.js';

const node = (...args: string[]): string[] => [process.execPath, ...args];

/** The stage cannot be set, or does not hold: exit `code`, one document, and nothing is left. */
const falls = async (t: ExecutionContext, wanted: Wanted, says: RegExp, code = 4, error?: string): Promise<Ran> => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, wanted);
	const ran = await daruma(['verify', '--json'], { cwd, env: mark.env });
	t.is(ran.code, code, ran.stdout + ran.stderr);
	const found = JSON.parse(ran.stdout).error;
	t.regex(found.message, says);
	if (error) t.is(found.code, error);
	t.deepEqual((await mark.gone(2000)).left, []);
	return ran;
};

const taken = async (t: ExecutionContext): Promise<number> => {
	const server = createServer((_, response) => response.end('somebody else'));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => server.close());
	return (server.address() as AddressInfo).port;
};

test.serial('a replica that is not there', (t) =>
	falls(t, { cluster: { command: ['./no-such-replica'] } }, /n\d: command not found: \.\/no-such-replica/, 4, 'E_COMMAND'),
);

test.serial('a replica that ends at once: the last lines of its log', (t) =>
	falls(t, { cluster: { command: node('-e', 'console.error("no database"); process.exit(7)') } }, /n\d exited with code 7 before it was ready.*no database/s),
);

test.serial('a replica that is never ready: the last lines of its log', (t) =>
	falls(
		t,
		{ cluster: { command: node('-e', 'console.log("waiting for a database"); setInterval(() => {}, 1000)'), ready: { tcp: true, within: '1s' } } },
		/n\d was not ready within 1000 ms: nothing listened on 127\.0\.0\.1:\d+.*waiting for a database/s,
		4,
		'E_NOT_READY',
	),
);

test.serial('a replica with a port of its own that is taken', async (t) => {
	const port = await taken(t);
	await falls(t, { cluster: { command: node(join(FIXTURES, 'replicas/http.js'), '--port', `${port}`), ready: { tcp: true, within: '2s' } } }, /EADDRINUSE/);
});

test.serial('a subject with a port of its own that is taken', async (t) => {
	const port = await taken(t);
	const argv = node(join(FIXTURES, 'gateways/naive.js'), '--listen', `127.0.0.1:${port}`, '--upstreams', '{upstreams}');
	await falls(t, { subject: { command: argv } }, /EADDRINUSE/);
});

test.serial('a subject that ends at once, one that ends in the middle, and one that listens elsewhere', async (t) => {
	await falls(
		t,
		{ subject: { command: node('-e', 'console.log("no licence"); process.exit(3)') } },
		/ended by itself \(exit code 3\).*no licence/s,
		4,
		'E_SUBJECT_EXITED',
	);
	await falls(t, { subject: gateway('--exit-after', '2000') }, /the subject did not last the run: .*exit code 3/, 4, 'E_SUBJECT_EXITED');
	await falls(
		t,
		{ subject: { ...gateway('--ignore-listen'), ready: { tcp: true, within: '4s' } } },
		/was not ready within 4000 ms.*naive: listening/s,
		4,
		'E_NOT_READY',
	);
});

test.serial('the second run in a folder is refused, names the first, and leaves no folder of its own', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, { after: '500ms' });
	const first = start(['verify'], { cwd, env: mark.env });
	await first.says(/starting the subject/);
	const [run] = listRuns(cwd);
	const second = await daruma(['demo', '--json'], { cwd, env: mark.env });
	t.is(second.code, 4);
	const { error } = JSON.parse(second.stdout);
	t.is(error.code, 'E_LOCKED');
	t.true(error.message.includes(run!.id) && error.message.includes(`pid ${first.child.pid}`), error.message);
	const running = await daruma(['heal', '--json'], { cwd });
	t.deepEqual(JSON.parse(running.stdout), { runs: [], running: [run!.id] }, 'heal leaves a living run alone');
	const { code, stderr } = await first.ended;
	t.true(code === 0 || code === 3, stderr);
	t.is(listRuns(cwd).length, 1);
	t.deepEqual((await mark.gone(1000)).left, []);
});

test.serial('a folder that cannot be written', async (t) => {
	const blocked = scratch(t);
	writeFileSync(join(blocked, '.daruma'), 'a file of this name');
	for (const cwd of process.platform === 'linux' ? [blocked, '/proc'] : [blocked]) {
		const ran = await daruma(['demo', '--json'], { cwd });
		t.is(ran.code, 4, ran.stdout);
		const { error } = JSON.parse(ran.stdout);
		t.is(error.code, 'E_RUN_FOLDER');
		t.regex(error.message, /cannot write .*\.daruma/);
	}
});

test.serial('--dry-run starts nothing', async (t) => {
	const cwd = scratch(t);
	write(cwd, { cluster: { command: ['./not-even-there'] } });
	const ran = await daruma(['verify', '--dry-run'], { cwd });
	t.is(ran.code, 0, ran.stderr);
	t.regex(ran.stdout, /not-even-there/);
	t.regex(ran.stderr, /needs 299 requests/);
	t.is(listRuns(cwd).length, 0);
	t.throws(() => readFileSync(join(cwd, '.daruma', '.gitignore')), { code: 'ENOENT' });
});
