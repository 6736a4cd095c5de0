import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Endpoint } from '../../src/model/endpoint.js';
import type { Event } from '../../src/model/event.js';
import type { ClientSpec, TrafficSpec } from '../../src/model/plan.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { readHistory } from '../../src/platform/history-reader.js';
import type { GeneratorArgs, GeneratorReport } from '../../src/traffic/generator-main.js';
import { OK, rawServer, until } from './servers.js';

/** Stands for the gate: the generator behind plain IPC. */
const GATE = `
import { main } from ${JSON.stringify(new URL('../../src/traffic/generator-main.js', import.meta.url).href)};
process.once('message', (args) => {
	main(args, { send: (message) => process.send(message), onMessage: (listener) => process.on('message', listener) });
});
process.on('disconnect', () => process.exit(1));
`;

interface Rig {
	child: ChildProcess;
	reports: GeneratorReport[];
	of<K extends GeneratorReport['kind']>(kind: K): Extract<GeneratorReport, { kind: K }> | undefined;
	history: string;
	clock: MonotonicClock;
	exited: Promise<number | null>;
}

const traffic: TrafficSpec = {
	rate: 200,
	pacing: 'constant',
	timeoutMs: 30_000,
	connections: 'pooled',
	mix: [{ method: 'GET', path: '/', share: 1, headers: {}, body: null, idempotent: true, ok: { op: '<', status: 400 } }],
};

const client: ClientSpec = {
	kind: 'client',
	policy: 'round-robin',
	weights: {},
	retry: { attempts: 3, baseMs: 10, maxMs: 50, jitter: 'full', methods: ['GET'], statuses: [503], unsent: true, elsewhere: true, budget: null },
	timeoutMs: 30_000,
	deadlineMs: null,
	ejection: null,
};

const rig = (t: { teardown(fn: () => void): void }, changes: Partial<GeneratorArgs>): Rig => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-generator-'));
	const history = join(dir, 'history.ndjson');
	const gate = join(dir, 'gate.mjs');
	writeFileSync(history, `${JSON.stringify({ kind: 'header', t: 0, schema: 'daruma.history/1', run: 'x', seed: 1, startedAt: '' })}\n`);
	writeFileSync(gate, GATE);
	const zeroNs = monotonicNs();
	const child = fork(gate, { execArgv: [] });
	const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
	t.teardown(() => {
		child.kill('SIGKILL');
		rmSync(dir, { recursive: true });
	});
	const reports: GeneratorReport[] = [];
	child.on('message', (message) => reports.push(message as GeneratorReport));
	child.send({ zeroNs, history, seed: 1, traffic, subject: null, target: null, nodes: [], firstId: 1, ...changes });
	const of: Rig['of'] = (kind) => reports.find((report): report is Extract<GeneratorReport, { kind: typeof kind }> => report.kind === kind);
	return { child, reports, of, history, clock: new MonotonicClock(zeroNs), exited };
};

const kinds = (events: Event[], kind: Event['kind']): Event[] => events.filter((event) => event.kind === kind);
const bare = ({ name, host, port }: Endpoint): Endpoint => ({ name, host, port });

test.serial('orders that come before it is ready are obeyed; progress, done and the history agree', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const { child, of, reports, history, clock } = rig(t, { target: bare(server), firstId: 1000 });
	child.send({ kind: 'start', experiment: 2, atMs: clock.now() + 100 });
	await until(() => server.received.size >= 100 && reports.some((report) => report.kind === 'progress' && report.sent > 0));
	child.send({ kind: 'stop' });
	await until(() => of('done') !== undefined);
	const done = of('done')!;
	t.is(done.sent, done.ok);
	t.is(done.nextId, 1000 + done.sent);
	const events = await readHistory(history);
	t.is(kinds(events, 'request').length, done.sent);
	t.is(kinds(events, 'offered').length, 1);
	t.true(kinds(events, 'lag').length > 0);
	t.is(server.received.get('r1000'), 1);
});

test.serial('the built-in client: a dead node among two costs retries, no failures, and every attempt is in the history', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const dead = await rawServer(t, () => {});
	dead.server.close();
	const { child, of, history, clock } = rig(t, {
		subject: client,
		nodes: [
			{ ...bare(dead), name: 'n1' },
			{ ...bare(server), name: 'n2' },
		],
	});
	child.send({ kind: 'start', experiment: 0, atMs: clock.now() });
	await until(() => server.received.size >= 60);
	child.send({ kind: 'stop' });
	await until(() => of('done') !== undefined);
	const done = of('done')!;
	t.is(done.failed, 0);
	const events = await readHistory(history);
	const attempts = kinds(events, 'attempt') as Extract<Event, { kind: 'attempt' }>[];
	const good = attempts.filter((attempt) => attempt.outcome === 'ok');
	t.is(good.length, done.sent);
	t.true(good.every((attempt) => attempt.node === 'n2'));
	const refused = attempts.filter((attempt) => attempt.outcome === 'unsent');
	t.true(refused.length > 0);
	t.true(refused.every((attempt) => attempt.node === 'n1' && attempt.error === 'ECONNREFUSED'));
});

test.serial('SIGTERM: what is in flight is recorded as unfinished, and it goes', async (t) => {
	const silent = await rawServer(t, () => {});
	const { child, history, clock, exited } = rig(t, { target: bare(silent), traffic: { ...traffic, timeoutMs: 60_000 } });
	child.send({ kind: 'start', experiment: 0, atMs: clock.now() });
	await until(() => silent.received.size >= 20);
	child.kill('SIGTERM');
	t.is(await exited, 0);
	const events = await readHistory(history);
	const requests = kinds(events, 'request') as Extract<Event, { kind: 'request' }>[];
	t.true(requests.length >= 20);
	t.true(requests.every((request) => request.outcome === 'unfinished'));
	t.is(kinds(events, 'offered').length, 1);
});

test.serial('a history that cannot be opened, or written, is fatal', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const absent = rig(t, { target: bare(server), history: join(tmpdir(), 'daruma-no-such-folder', 'history.ndjson') });
	await until(() => absent.of('fatal') !== undefined);
	t.is(absent.of('fatal')!.code, 'E_HISTORY_WRITE');
	if (process.platform !== 'linux') return;
	const full = rig(t, { target: bare(server), history: '/dev/full' });
	full.child.send({ kind: 'start', experiment: 0, atMs: full.clock.now() });
	await until(() => full.of('fatal') !== undefined);
	t.is(full.of('fatal')!.code, 'E_HISTORY_WRITE');
	t.regex(full.of('fatal')!.message, /ENOSPC/);
	t.is(full.reports.filter((report) => report.kind === 'fatal').length, 1);
});

test.serial('neither target nor client is a bug that is told', async (t) => {
	const { of } = rig(t, {});
	await until(() => of('fatal') !== undefined);
	t.is(of('fatal')!.code, 'E_GENERATOR');
});
