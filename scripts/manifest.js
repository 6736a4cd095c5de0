// Writes oclif.manifest.json from the compiled commands, so that help and dispatch load no command file. `--check` only compares.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = `${root}oclif.manifest.json`;
const before = (() => {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
})();
execFileSync(process.execPath, [`${root}node_modules/oclif/bin/run.js`, 'manifest'], {
	cwd: root,
	stdio: ['ignore', 'ignore', 'inherit'],
	env: { ...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true' },
});
// oclif lists commands as the file system gives them, which is another order on another machine.
const manifest = JSON.parse(readFileSync(file, 'utf8'));
manifest.commands = Object.fromEntries(Object.entries(manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(manifest, null, '\t')}\n`);
if (process.argv.includes('--check') && readFileSync(file, 'utf8') !== before) {
	console.error('oclif.manifest.json was out of date; it is rewritten now: commit it');
	process.exit(1);
}
