import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { followTargets, parseTargets, readTargets } from '../../../src/engine/watch/targets-file.js';
import { parseWatched } from '../../../src/engine/watch/watched.js';

test('targets: URLs, names for them, and who reports', (t) => {
	t.like(parseWatched('http://h/'), { target: { name: 'http://h/' } });
	t.like(parseWatched('api=http://h/?a=b'), { target: { name: 'api', path: '/?a=b' } });
	t.like(parseWatched('n-1.x=tcp://h:1'), { target: { name: 'n-1.x', protocol: 'tcp' } });
	t.deepEqual(parseWatched('push:worker 1'.replace(' ', '-')), { push: 'worker-1' });
	for (const typed of ['push:', 'push:a b', 'api=', 'api=h', '=http://h/', `push:${'x'.repeat(600)}`])
		t.throws(() => parseWatched(typed), { code: 'E_TARGET' }, typed);
});

test('one a line, comments, no doubles; what is wrong is told by its line', (t) => {
	const targets = parseTargets('f', '# all\r\nhttp://h/#frag\n\n  a=tcp://h:1  # one\nhttp://h/#frag\n');
	t.deepEqual(
		targets.map(({ name }) => name),
		['http://h/#frag', 'a'],
	);
	for (const [text, pattern] of [
		['http://h/\nnonsense\n', /^f:2: /],
		['\n\n', /names no endpoint/],
		['push:x', /f:1: .*command line/],
	] as const)
		t.throws(() => parseTargets('f', text), { code: 'E_TARGETS_FILE', message: pattern });
	t.throws(() => readTargets('/nowhere/at/all'), { code: 'E_TARGETS_FILE' });
});

test('a change is followed, also by another file of its name; a bad one is told, and the next good one taken', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-targets-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const file = join(dir, 'targets');
	writeFileSync(file, 'a=http://h/\n');
	const told: string[] = [];
	let wake: () => void = () => {};
	const tell = (text: string): void => {
		told.push(text);
		wake();
	};
	const until = async (n: number): Promise<void> => {
		while (told.length < n) await new Promise<void>((resolve) => (wake = resolve));
	};
	t.teardown(followTargets(file, { changed: (targets) => tell(targets.map(({ name }) => name).join()), wrong: tell }));
	writeFileSync(file, 'a=http://h/\nb=http://h/2\n');
	await until(1);
	writeFileSync(`${file}.new`, 'c=http://h/3\n');
	renameSync(`${file}.new`, file);
	await until(2);
	writeFileSync(file, 'c=http://h/3\nrubbish\n');
	await until(3);
	rmSync(file);
	await until(4);
	writeFileSync(file, 'd=http://h/4\n');
	await until(5);
	t.deepEqual([told[0], told[1], told[4]], ['a,b', 'c', 'd']);
	t.regex(told[2] as string, /targets:2: /);
	t.regex(told[3] as string, /ENOENT/);
});
