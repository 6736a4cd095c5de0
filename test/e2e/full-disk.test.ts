import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ROOT, scratch } from './daruma.js';
import { Marked } from './leftovers.js';

/** In a mount namespace of its own, so that nothing is left of the file system either. */
const SCRIPT = `mount -t tmpfs -o size=$1 none "$2" || exit 77
cd "$2" && "$3" "$4" demo --json`;

for (const size of ['4k', '300k']) {
	test.serial(`a disk of ${size}: exit 4, says so, and is healed`, async (t) => {
		const disk = join(scratch(t), 'disk');
		mkdirSync(disk);
		const mark = new Marked();
		const { status, stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', '-c', SCRIPT, 'sh', size, disk, process.execPath, join(ROOT, 'bin/run.js')], {
			encoding: 'utf8',
			env: { ...process.env, ...mark.env },
		});
		if (status === null || status === 77 || /unshare/.test(stderr)) {
			t.log(`skipped: no file system of its own to be had (${stderr.trim()})`);
			t.pass();
			return;
		}
		t.is(status, 4, stdout + stderr);
		const { error } = JSON.parse(stdout);
		t.regex(error.code, /^E_(HISTORY_WRITE|RUN_FOLDER)$/);
		t.regex(error.hint, /free some/);
		t.deepEqual((await mark.gone(2000)).left, []);
	});
}
