import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { DarumaError } from '../../src/model/errors.js';
import { lockFolder } from '../../src/platform/lock.js';
import { bootId, ownIdentity } from '../../src/platform/process-identity.js';

const folder = (t: ExecutionContext): string => {
	const base = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(base, { recursive: true, force: true }));
	lockFolder(base, 'first').release();
	return base;
};
const leave = (path: string, claim: object): void => writeFileSync(path, JSON.stringify({ run: 'gone', boot: bootId(), nonce: 'stale', ...claim }));
const GONE = { pid: 2 ** 22 + 1, startTime: '1' };
const locks = (base: string): string[] => readdirSync(join(base, '.daruma')).filter((name) => name.startsWith('lock'));

test('one run per folder; the refusal names the holder; released, the next may have it', (t) => {
	const base = folder(t);
	const lock = lockFolder(base, 'run-1');
	const error = t.throws<DarumaError>(() => lockFolder(base, 'run-2'), { instanceOf: DarumaError, code: 'E_LOCKED' });
	t.is(error.exit, 4);
	t.regex(error.message, new RegExp(`run-1 \\(pid ${process.pid}\\)`));
	lock.release();
	lock.release();
	const next = lockFolder(base, 'run-2');
	lock.release();
	t.regex(readFileSync(join(base, '.daruma', 'lock'), 'utf8'), /run-2/);
	next.release();
	t.deepEqual(locks(base), []);
});

for (const [what, claim] of [
	['whose holder is gone', GONE],
	['whose pid is somebody else by now', { ...ownIdentity(), startTime: '1' }],
	['from before a reboot', { ...ownIdentity(), boot: 'another' }],
] as const) {
	test(`a lock ${what} is taken over`, (t) => {
		const base = folder(t);
		leave(join(base, '.daruma', 'lock'), claim);
		lockFolder(base, 'next').release();
		t.deepEqual(locks(base), []);
	});
}

test('a lock that cannot be read is taken over', (t) => {
	const base = folder(t);
	writeFileSync(join(base, '.daruma', 'lock'), '');
	lockFolder(base, 'next').release();
	t.deepEqual(locks(base), []);
});

test('who died while taking over is taken over himself', (t) => {
	const base = folder(t);
	const path = join(base, '.daruma', 'lock');
	leave(path, GONE);
	leave(`${path}.after-stale`, { ...GONE, nonce: 'halfway' });
	lockFolder(base, 'next').release();
	t.deepEqual(locks(base), []);
});

test('while somebody is taking over, others are refused', (t) => {
	const base = folder(t);
	const path = join(base, '.daruma', 'lock');
	leave(path, GONE);
	leave(`${path}.after-stale`, { ...ownIdentity(), run: 'quicker', nonce: 'halfway' });
	t.throws(() => lockFolder(base, 'next'), { code: 'E_LOCKED', message: /quicker/ });
});

test('of many who find a stale lock at once, exactly one gets it', async (t) => {
	const base = folder(t);
	const contenders = Array.from({ length: 4 }, () => {
		const child = spawn(process.execPath, [fileURLToPath(new URL('./fixture-contender.js', import.meta.url)), base], { stdio: ['pipe', 'pipe', 'inherit'] });
		t.teardown(() => child.kill('SIGKILL'));
		return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
	});
	for (const c of contenders) t.is((await c.lines.next()).value, 'ready');
	leave(join(base, '.daruma', 'lock'), GONE);
	for (const c of contenders) c.child.stdin.write('go\n');
	const said = await Promise.all(contenders.map(async (c) => (await c.lines.next()).value as string));
	t.deepEqual(said.sort(), ['E_LOCKED', 'E_LOCKED', 'E_LOCKED', 'won']);
	for (const c of contenders) c.child.stdin.end();
});
