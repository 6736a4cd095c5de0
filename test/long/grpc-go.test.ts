import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ask, askAll } from '../probes/ask.js';
import { scratch } from '../subjects/stage.js';

const PEER = fileURLToPath(new URL('../../../bench/probe/grpc-peer', import.meta.url));

// A third server of gRPC, beside grpc-js and node:http2: Go's, with its own health service and its own habits (pings, table sizes, GOAWAY).
test("Go's gRPC server", async (t) => {
	const peer = join(scratch(t), 'peer');
	const built = spawnSync('go', ['build', '-o', peer, '.'], { cwd: PEER, encoding: 'utf8' });
	if (built.status !== 0) {
		t.log(`skipped: go build did not work here (${(built.error?.message ?? built.stderr).trim().split('\n').at(-1)})`);
		t.pass();
		return;
	}
	const child = spawn(peer, ['serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
	t.teardown(() => child.kill('SIGKILL'));
	const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
	const url = (rest = '') => `grpc://127.0.0.1:${port}${rest}`;
	const brief = async (rest: string) => {
		const { verdict, reason, status } = await ask(url(rest));
		return [verdict, reason, status];
	};
	t.deepEqual(await brief(''), ['ok', undefined, 0]);
	t.deepEqual(await brief('/down'), ['failed', 'not-serving', 0]);
	t.deepEqual(await brief('/nobody'), ['failed', 'unknown-service', 5]);
	t.deepEqual(await brief('?method=no.Such/Thing'), ['failed', 'status', 12]);
	t.deepEqual(await brief('?method=grpc.health.v1.Health/List'), ['ok', undefined, 0]);
	t.deepEqual(await brief('/nobody?watch=1'), ['failed', 'unknown-service', undefined]);
	// So many questions on one Watch would have cost us the connection by now, had they been pings.
	const watched = await askAll(url('?watch=1'), { times: 2000 });
	t.deepEqual([watched.filter((a) => a.verdict === 'ok').length, watched.filter((a) => a.fresh).length], [2000, 1]);
	// Past the windows of the connection and of any counter in it.
	const kept = await Promise.all(Array.from({ length: 32 }, () => askAll(url('?multiplex=1'), { times: 1000 })));
	t.is(kept.flat().filter((a) => a.verdict === 'ok').length, 32_000);
	const fresh = await askAll(url(), { times: 200, fresh: true });
	t.is(fresh.filter((a) => a.verdict === 'ok' && a.fresh).length, 200);
	child.kill('SIGKILL');
	await once(child, 'exit');
	t.is((await ask(url())).reason, 'refused');
});
