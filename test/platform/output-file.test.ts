import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { DarumaError } from '../../src/model/errors.js';
import { openOutput } from '../../src/platform/output-file.js';
import { scratch } from '../subjects/stage.js';

test('the old file stays until the new one is whole', (t) => {
	const dir = scratch(t);
	const path = join(dir, 'a.prom');
	writeFileSync(path, 'old');
	chmodSync(path, 0o640);
	const out = openOutput(path);
	out.write('new ');
	out.write('ä');
	t.is(readFileSync(path, 'utf8'), 'old');
	t.is(readdirSync(dir).filter((name) => name.endsWith('.prom')).length, 1, 'a collector of *.prom sees one');
	out.commit();
	out.discard();
	t.is(readFileSync(path, 'utf8'), 'new ä');
	t.is(statSync(path).mode & 0o777, 0o640);
	t.deepEqual(readdirSync(dir), ['a.prom']);
});

test('what is given up leaves nothing', (t) => {
	const dir = scratch(t);
	const out = openOutput(join(dir, 'a'));
	out.write('half');
	out.discard();
	t.deepEqual(readdirSync(dir), []);
});

test('a link stays a link, and a device a device', (t) => {
	const dir = scratch(t);
	writeFileSync(join(dir, 'real'), 'old');
	symlinkSync('real', join(dir, 'link'));
	const out = openOutput(join(dir, 'link'));
	out.write('new');
	out.commit();
	t.true(lstatSync(join(dir, 'link')).isSymbolicLink());
	t.is(readFileSync(join(dir, 'real'), 'utf8'), 'new');
	const nowhere = openOutput('/dev/null');
	nowhere.write('x');
	nowhere.commit();
	t.true(statSync('/dev/null').isCharacterDevice());
});

test('where nothing can be written: exit 2, before anything; a full disk: exit 4', (t) => {
	const dir = scratch(t);
	mkdirSync(join(dir, 'folder'));
	for (const path of [join(dir, 'nowhere/a'), join(dir, 'folder')])
		t.like(
			t.throws<DarumaError>(() => openOutput(path)),
			{ code: 'E_OUTPUT', exit: 2 },
		);
	if (process.platform !== 'linux') return;
	const full = openOutput('/dev/full');
	t.like(
		t.throws<DarumaError>(() => full.write('x')),
		{ code: 'E_OUTPUT', exit: 4 },
	);
	full.discard();
});
