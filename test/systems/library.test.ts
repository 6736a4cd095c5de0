import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findLibrary, loadLibrary } from '../../src/systems/library.js';

test("the project's copy wins; without one it is daruma's own; neither is exit 2", (t) => {
	const dir = realpathSync(mkdtempSync(join(tmpdir(), 'daruma-library-')));
	t.teardown(() => rmSync(dir, { recursive: true }));
	const own = findLibrary('undici', dir);
	t.true(own.own);
	t.regex(own.version, /^\d+\.\d+\.\d+/);
	const folder = join(dir, 'node_modules/undici');
	mkdirSync(join(folder, 'lib'), { recursive: true });
	writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'undici', version: '1.2.3', main: 'lib/index.js' }));
	writeFileSync(join(folder, 'lib/index.js'), 'module.exports = { mine: true };');
	const theirs = findLibrary('undici', join(dir, 'deep/er'));
	t.deepEqual(theirs, { version: '1.2.3', entry: join(folder, 'lib/index.js'), own: false });
	t.deepEqual(loadLibrary(theirs), { mine: true });
	const error = t.throws(() => findLibrary('no-such-library', dir), { code: 'E_NOT_FOUND' });
	t.is((error as unknown as { exit: number }).exit, 2);
});
