import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { atLeast, findProgram, runToEnd } from '../../src/systems/program.js';

for (const [version, wanted, yes] of [
	['1.22.1', '1.19.5', true],
	['1.19.5', '1.19.5', true],
	['1.9.10', '1.15.8', false],
	['1.20', '1.19.5', true],
	['2.0', '1.99.99', true],
	['unknown', '1.0', false],
] as const) {
	test(`${version} ${yes ? 'is' : 'is not'} at least ${wanted}`, (t) => t.is(atLeast(version, wanted), yes));
}

test('programs are found by name, by path from a folder, and only if they may be executed', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const file = join(dir, 'daruma-test-program');
	writeFileSync(file, '#!/bin/sh\necho "$0"\n');
	t.is(await findProgram('./daruma-test-program', [], dir), undefined);
	chmodSync(file, 0o755);
	t.is(await findProgram('./daruma-test-program', [], dir), file);
	t.is(await findProgram(file), file);
	t.is(await findProgram('daruma-test-program'), undefined);
	t.is(await findProgram('daruma-test-program', [dir]), file);
	t.is(await findProgram(dir), undefined);
});

test('a program is run to its end: exit code, both outputs, a limit in time', async (t) => {
	t.deepEqual(await runToEnd(process.execPath, ['-e', 'console.error("b"); console.log("a"); process.exitCode = 3']), { code: 3, output: 'a\nb\n' });
	t.deepEqual(await runToEnd(process.execPath, ['-e', '0']), { code: 0, output: '' });
	t.is((await runToEnd(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 200 })).code, null);
	await t.throwsAsync(runToEnd('/nowhere/x', []), { code: 'ENOENT' });
});
