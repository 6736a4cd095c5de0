import test from 'ava';
import type { Endpoint } from '../../src/model/endpoint.js';
import type { AttemptEvent } from '../../src/model/event.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { freePort } from '../../src/platform/ports.js';
import type { CallAction, CallEvent, CallStart, ClientBrain } from '../../src/resilience/call.js';
import { type CallResult, ClientDriver } from '../../src/traffic/client-driver.js';
import { openSender } from '../../src/traffic/send.js';
import { OK, rawServer, until } from './servers.js';

type Reaction = (event: CallEvent, now: number) => CallAction[];

/** A brain that says what the test wants; it keeps what it heard. */
class Scripted implements ClientBrain {
	readonly heard: CallEvent[] = [];
	private readonly first: (now: number) => { actions: CallAction[]; deadlineAtMs: number | null };
	private readonly react: Reaction;
	constructor(first: (now: number) => { actions: CallAction[]; deadlineAtMs: number | null }, react: Reaction) {
		this.first = first;
		this.react = react;
	}
	begin(_call: CallStart, now: number) {
		return this.first(now);
	}
	event(_id: string, event: CallEvent, now: number): CallAction[] {
		this.heard.push(event);
		return this.react(event, now);
	}
}

const attempt = (n: number, node: number, timeoutAtMs: number | null = null): CallAction => ({ kind: 'attempt', n, node, timeoutAtMs });
const byDefault: Reaction = (event) => {
	if (event.kind === 'answered') return [{ kind: 'answer', n: event.n, status: event.status }];
	if (event.kind === 'failed') return [{ kind: 'give-up', error: event.error }];
	return [];
};

const rig = async (t: { teardown(fn: () => Promise<void>): void }, nodes: readonly Endpoint[], brain: ClientBrain) => {
	const sender = await openSender('pooled');
	t.teardown(() => sender.close());
	const attempts: AttemptEvent[] = [];
	const clock = new MonotonicClock(monotonicNs());
	const driver = new ClientDriver({ brain, nodes, sender, clock, onAttempt: (event) => attempts.push(event) });
	const call = (method = 'GET') => {
		let cancel = (): void => {};
		const result = new Promise<CallResult>((resolve) => {
			const request = { method, path: '/', headers: { 'x-daruma-id': 'r1' }, body: null };
			cancel = driver.call({ id: 'r1', method, ok: (status) => status < 400, request }, resolve);
		});
		return { result, cancel: () => cancel() };
	};
	return { attempts, clock, call };
};

const dead = async (): Promise<Endpoint> => ({ name: 'n9', host: '127.0.0.1', port: await freePort() });

test('a good answer: one attempt, ok, by the client', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const brain = new Scripted(() => ({ actions: [attempt(1, 0)], deadlineAtMs: null }), byDefault);
	const { call, attempts } = await rig(t, [server], brain);
	t.deepEqual(await call().result, { kind: 'answered', status: 200 });
	t.is(attempts.length, 1);
	t.like(attempts[0]!, { kind: 'attempt', id: 'r1', n: 1, node: 'n1', outcome: 'ok', status: 200, by: 'client' });
	t.true(attempts[0]!.endMs >= attempts[0]!.t);
	t.deepEqual(brain.heard, [{ kind: 'answered', n: 1, status: 200 }]);
});

test('a bad status is a failed attempt that carries its status', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write('HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n'));
	const { call, attempts } = await rig(t, [server], new Scripted(() => ({ actions: [attempt(1, 0)], deadlineAtMs: null }), byDefault));
	t.deepEqual(await call().result, { kind: 'answered', status: 503 });
	t.like(attempts[0]!, { outcome: 'failed', status: 503 });
});

test('refused, a wait, then another node: the brain decides, the driver records both tries', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	const brain = new Scripted(
		() => ({ actions: [attempt(1, 0)], deadlineAtMs: null }),
		(event, now) => {
			if (event.kind === 'failed') return [{ kind: 'wait', untilMs: now + 30 }];
			return event.kind === 'time' ? [attempt(2, 1)] : byDefault(event, now);
		},
	);
	const { call, attempts } = await rig(t, [await dead(), server], brain);
	t.deepEqual(await call('POST').result, { kind: 'answered', status: 200 });
	t.deepEqual(
		attempts.map(({ n, node, outcome, error }) => ({ n, node, outcome, error })),
		[
			{ n: 1, node: 'n9', outcome: 'unsent', error: 'ECONNREFUSED' },
			{ n: 2, node: 'n1', outcome: 'ok', error: undefined },
		],
	);
	t.deepEqual(brain.heard[0], { kind: 'failed', n: 1, error: 'ECONNREFUSED', unsent: true });
	t.true(attempts[1]!.t - attempts[0]!.endMs >= 30, 'the wait was not shorter than asked');
});

test('a silent node: time comes when asked, the abandoned try is a timeout and its connection closes', async (t) => {
	const silent = await rawServer(t, () => {});
	const brain = new Scripted(
		(now) => ({ actions: [attempt(1, 0, now + 80)], deadlineAtMs: null }),
		() => [
			{ kind: 'abandon', n: 1 },
			{ kind: 'give-up', error: 'timeout' },
		],
	);
	const { call, attempts } = await rig(t, [silent], brain);
	t.deepEqual(await call('POST').result, { kind: 'failed', error: 'timeout', unsent: false });
	t.deepEqual(brain.heard, [{ kind: 'time' }]);
	t.like(attempts[0]!, { outcome: 'failed', error: 'timeout' });
	const lasted = attempts[0]!.endMs - attempts[0]!.t;
	t.true(lasted >= 79.9 && lasted < 2000, `${lasted} ms`);
	await until(() => silent.sockets.size === 0);
});

test('a try that is still connecting when its time is over is told as unsent', async (t) => {
	const server = await rawServer(t, ({ socket }) => socket.write(OK));
	// Its time is over before the connect can be heard of.
	const brain = new Scripted((now) => ({ actions: [attempt(1, 0, now - 1)], deadlineAtMs: null }), byDefault);
	const sender = {
		send: () => ({ written: false, abandon: () => true }),
		close: async () => {},
	};
	const attempts: AttemptEvent[] = [];
	const driver = new ClientDriver({ brain, nodes: [server], sender, clock: new MonotonicClock(monotonicNs()), onAttempt: (event) => attempts.push(event) });
	const request = { method: 'POST', path: '/', headers: {}, body: null };
	const result = await new Promise<CallResult>((resolve) => driver.call({ id: 'r1', method: 'POST', ok: () => true, request }, resolve));
	t.deepEqual(result, { kind: 'failed', error: 'timeout', unsent: true });
	t.deepEqual(brain.heard, [{ kind: 'failed', n: 1, error: 'timeout', unsent: true }]);
	t.like(attempts[0]!, { outcome: 'unsent', error: 'timeout' });
});

test('a give-up with tries in flight (a deadline) closes them and records them once', async (t) => {
	const silent = await rawServer(t, () => {});
	const brain = new Scripted(
		(now) => ({ actions: [attempt(1, 0)], deadlineAtMs: now + 60 }),
		(event) => (event.kind === 'time' ? [{ kind: 'give-up', error: 'deadline' }] : []),
	);
	const { call, attempts } = await rig(t, [silent], brain);
	t.deepEqual(await call().result, { kind: 'failed', error: 'deadline', unsent: false });
	t.is(attempts.length, 1);
	t.like(attempts[0]!, { outcome: 'failed', error: 'timeout' });
	await until(() => silent.sockets.size === 0);
});

test('no endpoint: a give-up at once is told after call has returned', async (t) => {
	const { call, attempts } = await rig(t, [], new Scripted(() => ({ actions: [{ kind: 'give-up', error: 'no-endpoint' }], deadlineAtMs: null }), byDefault));
	t.deepEqual(await call().result, { kind: 'failed', error: 'no-endpoint', unsent: true });
	t.is(attempts.length, 0);
});

test('cancel: the user has gone, the try is recorded, the brain hears of it, done is never called', async (t) => {
	const silent = await rawServer(t, () => {});
	const brain = new Scripted(() => ({ actions: [attempt(1, 0)], deadlineAtMs: null }), byDefault);
	const { call, attempts } = await rig(t, [silent], brain);
	const { result, cancel } = call('POST');
	void result.then(() => t.fail('done was called'));
	await until(() => silent.received.size === 1);
	cancel();
	cancel();
	t.deepEqual(brain.heard, [{ kind: 'cancelled' }]);
	t.is(attempts.length, 1);
	t.like(attempts[0]!, { outcome: 'failed', error: 'timeout' });
	await until(() => silent.sockets.size === 0);
});
