import { createServer } from 'node:http2';
import test from 'ava';
import type { Endpoint } from '../../src/model/endpoint.js';
import type { AttemptEvent } from '../../src/model/event.js';
import type { ClientSpec } from '../../src/model/plan.js';
import { rng } from '../../src/model/rng.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { freePort } from '../../src/platform/ports.js';
import { createBrain } from '../../src/resilience/brain.js';
import { type CallResult, ClientDriver } from '../../src/traffic/client-driver.js';
import { openGrpcSender } from '../../src/traffic/grpc-send.js';
import { grpcMessage } from '../../src/wire/grpc.js';

const spec: ClientSpec = {
	kind: 'client',
	policy: 'round-robin',
	weights: {},
	retry: { attempts: 3, baseMs: 1, maxMs: 5, jitter: 'none', methods: ['GET'], statuses: [503], unsent: true, elsewhere: true, budget: null },
	timeoutMs: 20_000,
	deadlineMs: null,
	ejection: null,
};

test('the built-in client over gRPC: UNAVAILABLE is 503 to its rules, the next node hears how often it was tried, and the code is kept', async (t) => {
	const heard: string[] = [];
	/** What the next call is answered, whichever node it meets. */
	let codes: number[] = [];
	const node = async (name: string): Promise<Endpoint> => {
		const server = createServer();
		server.on('session', (session) => {
			session.on('error', () => {});
			t.teardown(() => session.destroy());
		});
		server.on('stream', (stream, headers) => {
			stream.on('error', () => {}).resume();
			heard.push(`${headers['grpc-previous-rpc-attempts'] ?? 0} ${Number.parseInt(headers['grpc-timeout'] as string, 10) <= 5000}`);
			stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': `${codes.shift()}` }, { endStream: true });
		});
		const port = await freePort();
		await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
		t.teardown(() => server.close());
		return { name, host: '127.0.0.1', port };
	};
	const nodes = [await node('n1'), await node('n2')];
	const sender = openGrpcSender('pooled');
	t.teardown(() => void sender.close());
	const clock = new MonotonicClock(monotonicNs());
	const ask = async (repeatable: boolean): Promise<[CallResult, AttemptEvent[]]> => {
		const attempts: AttemptEvent[] = [];
		const brain = createBrain(spec, ['n1', 'n2'], rng(1));
		const driver = new ClientDriver({ brain, nodes, sender, clock, onAttempt: (event) => attempts.push(event) });
		const request = {
			method: 'POST',
			path: '/a.B/C',
			headers: {},
			body: null,
			grpc: { message: grpcMessage(new Uint8Array()), timeoutMs: 5000, previousAttempts: 0 },
		};
		const call = { id: 'r1', method: 'POST', ok: () => true, good: ({ grpcStatus }: { grpcStatus?: number }) => grpcStatus === 0, repeatable, request };
		return [await new Promise((resolve) => void driver.call(call, resolve)), attempts];
	};
	codes = [14, 0];
	const [again, tries] = await ask(true);
	t.deepEqual(again, { kind: 'answered', status: 200, grpcStatus: 0 });
	t.deepEqual(
		tries.map(({ outcome, status, grpcStatus }) => [outcome, status, grpcStatus]),
		[
			['failed', 200, 14],
			['ok', 200, 0],
		],
	);
	t.not(tries[0]?.node, tries[1]?.node);
	t.deepEqual(heard, ['0 true', '1 true']);
	codes = [14];
	const [once] = await ask(false);
	t.deepEqual(once, { kind: 'answered', status: 200, grpcStatus: 14 });
});
