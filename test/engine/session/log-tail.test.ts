import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { tailLog } from '../../../src/engine/session/log-tail.js';
import type { LogOptions } from '../../../src/engine/session/session.js';

const never = new Promise<void>(() => {});
const file = (t: ExecutionContext): string => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	return join(dir, 'n1.log');
};
const whole = async (path: string, options: LogOptions): Promise<string> => {
	let text = '';
	for await (const piece of tailLog(path, options, never)) text += piece;
	return text;
};

test('all of it, or its last lines; a file that is not there is empty', async (t) => {
	const path = file(t);
	t.is(await whole(path, {}), '');
	writeFileSync(path, 'one\ntwo\nthree\n');
	t.is(await whole(path, {}), 'one\ntwo\nthree\n');
	for (const [lines, expected] of [
		[0, ''],
		[1, 'three\n'],
		[2, 'two\nthree\n'],
		[9, 'one\ntwo\nthree\n'],
	] as const)
		t.is(await whole(path, { lines }), expected);
	appendFileSync(path, 'no end');
	t.is(await whole(path, { lines: 2 }), 'three\nno end');
	const long = `${'ü'.repeat(70_000)}\nlast\n`;
	writeFileSync(path, long);
	t.is(await whole(path, { lines: 2 }), long, 'longer than what is read at once, and no character torn');
});

test('what is appended follows, until it is over', async (t) => {
	const path = file(t);
	writeFileSync(path, 'first\n');
	let end = (): void => {};
	const over = new Promise<void>((resolve) => {
		end = resolve;
	});
	const told: string[] = [];
	for await (const piece of tailLog(path, { follow: true }, over)) {
		told.push(piece);
		if (told.length === 1) appendFileSync(path, 'second\n');
		if (told.length === 2) {
			// Written before the end, it is still told after it.
			appendFileSync(path, 'last\n');
			end();
		}
	}
	t.is(told.join(''), 'first\nsecond\nlast\n');
});

test('nobody who has left is told anything more', async (t) => {
	const path = file(t);
	writeFileSync(path, 'first\n');
	const abort = new AbortController();
	const told: string[] = [];
	for await (const piece of tailLog(path, { follow: true, signal: abort.signal }, never)) {
		told.push(piece);
		appendFileSync(path, 'second\n');
		abort.abort();
	}
	t.deepEqual(told, ['first\n']);
	t.is(await whole(path, { follow: true, signal: AbortSignal.abort() }), '');
});
