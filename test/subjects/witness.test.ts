import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { AttemptEvent, RequestEvent } from '../../src/model/event.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { hearWitness } from '../../src/subjects/witness.js';
import { scratch } from './stage.js';

const request = (id: string, status?: number): RequestEvent => ({
	kind: 'request',
	t: 0,
	sentMs: 0,
	endMs: 1,
	id,
	method: 'GET',
	path: '/',
	mix: 0,
	idempotent: true,
	outcome: status === 200 ? 'ok' : 'failed',
	...(status === undefined ? { error: 'timeout' } : { status }),
});
const attempt = (id: string, n: number): AttemptEvent => ({ kind: 'attempt', t: 0, endMs: 1, id, n, node: 'n1', outcome: 'ok', by: 'nginx' });
const hear = (file: string, requests: RequestEvent[], from = 0) =>
	hearWitness(requests, {
		file,
		from,
		parse: (text: string) => (text.startsWith('#') ? null : { id: text }),
		attempts: (lines, { id }) => lines.map((_, i) => attempt(id, i + 1)),
		by: 'nginx',
		clock: new MonotonicClock(monotonicNs()),
	});

test('lines of these requests count, others and what is before its part do not, a torn one waits for its end', async (t) => {
	const file = join(scratch(t), 'log');
	writeFileSync(file, 'r1\nr1\n#\nr9\nr2\nr');
	const hearing = hear(file, [request('r1', 200), request('r2', 502), request('r3', 200)], 3);
	appendFileSync(file, '3\n');
	const { attempts, note } = await hearing;
	t.is(note, null);
	t.deepEqual(attempts, [attempt('r1', 1), attempt('r2', 1), attempt('r3', 1)]);
});

test('an answered request that is not in the log: no witness at all, and why', async (t) => {
	const file = join(scratch(t), 'log');
	writeFileSync(file, 'r1\n');
	const { attempts, note } = await hear(file, [request('r1', 200), request('r2', 200)]);
	t.deepEqual(attempts, []);
	t.regex(note ?? '', /1 of 2 answered requests are not in it \(r2/);
});

test('a request without an answer and without a line gets no attempt made up', async (t) => {
	const file = join(scratch(t), 'log');
	writeFileSync(file, 'r1\n');
	const { attempts, note } = await hear(file, [request('r1', 200), request('r2')]);
	t.is(note, null);
	t.deepEqual(attempts, [attempt('r1', 1)]);
});

test('no log, and nothing answered', async (t) => {
	const file = join(scratch(t), 'nowhere');
	t.regex((await hear(file, [request('r1', 200)])).note ?? '', /no witness/);
	t.regex((await hear(file, [request('r1')])).note ?? '', /answered no request/);
});
