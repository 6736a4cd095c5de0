import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DarumaError } from '../../src/model/errors.js';
import { createRun, latestRun, listRuns, resolveRun } from '../../src/platform/run-folder.js';

const folder = (t: ExecutionContext): string => {
	const base = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(base, { recursive: true, force: true }));
	return base;
};

test('a run has an id that sorts by time, its folders, and is invisible to git', (t) => {
	const base = folder(t);
	const run = createRun(base, new Date('2026-11-23T14:25:01.900Z'));
	t.regex(run.id, /^20261123-142501-[0-9a-z]{4}$/);
	t.is(run.path, join(base, '.daruma', 'runs', run.id));
	t.true(existsSync(run.scratch) && existsSync(join(run.path, 'logs')));
	t.is(run.log('n1'), join(run.path, 'logs', 'n1.log'));
	t.is(readFileSync(join(base, '.daruma', '.gitignore'), 'utf8'), '*\n');
});

test('RUN: an id, the beginning of one, a path, latest', (t) => {
	const base = folder(t);
	t.throws(() => resolveRun(base, 'latest'), { instanceOf: DarumaError, message: /no runs in/ });
	const [second, first] = [createRun(base, new Date('2026-11-24T00:00:00Z')), createRun(base, new Date('2026-11-23T00:00:00Z'))];
	writeFileSync(first.history, '');
	t.deepEqual(
		listRuns(base).map((r) => r.id),
		[first.id, second.id],
	);
	t.is(latestRun(base)?.id, second.id);
	t.is(resolveRun(base, 'latest').id, second.id);
	const byHand = createRun(base, new Date('2026-11-25T00:00:00Z'));
	writeFileSync(byHand.session, '{}');
	t.is(resolveRun(base, 'latest').id, second.id, 'a cluster that was broken by hand is no run to report');
	rmSync(byHand.path, { recursive: true });
	t.is(resolveRun(base, first.id).path, first.path);
	t.is(resolveRun(base, '20261123').id, first.id);
	t.is(resolveRun(base, relative(base, first.path)).id, first.id);
	t.is(resolveRun(folder(t), first.path).path, first.path);
	t.is(resolveRun(base, first.history).path, first.path);
	t.throws(() => resolveRun(base, '202611'), { message: /begins 2 runs/ });
	t.throws(() => resolveRun(base, 'x'), { message: /no run "x" among 2/ });
	t.throws(() => resolveRun(base, ''), { instanceOf: DarumaError });
	t.throws(() => resolveRun(base, base), { message: /not the folder of a run/ });
});

test('a folder that cannot be written is told, exit 4', (t) => {
	const base = folder(t);
	writeFileSync(join(base, '.daruma'), 'a file');
	t.is(t.throws<DarumaError>(() => createRun(base)).exit, 4);
});
