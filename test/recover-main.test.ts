import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test, { type ExecutionContext } from 'ava';
import { fillRecovery, type RecoverNews, runRecover } from '../src/engine/recover.js';
import { freePort } from '../src/platform/ports.js';
import { describeNews, type RecoverFlags, readRecover } from '../src/recover-main.js';
import { serveAgent } from './subjects/consul-agent.js';

const fits = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(
	JSON.parse(readFileSync(new URL('../../schemas/recover.schema.json', import.meta.url), 'utf8')),
);
const UP = 'http://127.0.0.1:9/';

const scratch = (t: ExecutionContext): string => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-recover-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	return dir;
};

test('what is wrong with a command line is told before anything is touched', async (t) => {
	const file = join(scratch(t), 'up.conf');
	writeFileSync(file, 'upstream api { server 127.0.0.1:9; }\n');
	for (const [typed, flags, code] of [
		[[], { exec: 'true' }, 'E_USAGE'],
		[[UP], {}, 'E_USAGE'],
		[[UP], { exec: 'true', haproxy: '/s#b' }, 'E_USAGE'],
		[[UP], { exec: 'true', reload: 'true' }, 'E_USAGE'],
		[['htp://h'], { exec: 'true' }, 'E_TARGET'],
		[['push:x'], { exec: 'true' }, 'E_TARGET'],
		[['a=tcp://h:1', 'a=tcp://h:2'], { exec: 'true' }, 'E_TARGET'],
		[[UP], { exec: '/nowhere/mend' }, 'E_HOOK'],
		[[UP], { exec: '' }, 'E_FLAG'],
		[[UP], { exec: '[1]' }, 'E_FLAG'],
		[[UP], { haproxy: '/s' }, 'E_FLAG'],
		[[UP], { nginx: file }, 'E_FLAG'],
		[[UP], { nginx: '/nowhere#api' }, 'E_FLAG'],
		[[UP], { nginx: `${file}#other`, reload: 'true' }, 'E_TARGET'],
		[['http://127.0.0.1:8/'], { nginx: `${file}#api`, reload: 'true' }, 'E_TARGET'],
		[[UP], { consul: '127.0.0.1:8500/web' }, 'E_FLAG'],
		[[UP], { consul: 'http://127.0.0.1:8500' }, 'E_FLAG'],
		[[UP], { consul: 'http://127.0.0.1:8500/web', exec: 'true' }, 'E_USAGE'],
		[[UP], { exec: 'true', share: '0' }, 'E_FLAG'],
		[[UP], { exec: 'true', share: '150%' }, 'E_FLAG'],
		[[UP], { exec: 'true', most: 0 }, 'E_FLAG'],
		[[UP], { exec: 'true', within: 'soon' }, 'E_FLAG'],
	] as [string[], RecoverFlags, string][])
		await t.throwsAsync(readRecover(typed, flags), { code }, JSON.stringify([typed, flags]));
	t.like(await readRecover([UP], { nginx: `${file}#api`, reload: 'true {port}', share: '34%' }), {
		by: { kind: 'nginx', file, upstream: 'api' },
		limits: { maxShare: 0.34, together: 1 },
		dryRun: false,
	});
});

test('--consul: an agent and a service, as a URL or as a source is written', async (t) => {
	for (const [typed, url, service, token] of [
		['http://127.0.0.1:8500/web', 'http://127.0.0.1:8500', 'web', ''],
		['https://agent/web', 'https://agent', 'web', ''],
		['consul://agent/a%20b', 'http://agent:8500', 'a b', ''],
		['consul://secret@agent:1/web?tls', 'https://agent:1', 'web', 'secret'],
	] as const)
		t.deepEqual((await readRecover([UP], { consul: typed })).by, { kind: 'consul', url, service, token });
	const error = await t.throwsAsync(readRecover([UP], { consul: 'consul://secret@agent' }), { code: 'E_FLAG' });
	t.notRegex(error!.message, /secret/);
});

test('words stay words, other braces stay', (t) => {
	t.deepEqual(fillRecovery(['x', '{endpoint}:{port}', '{other} {host}'], { name: 'a b', host: 'h', port: 1 }), ['x', 'a b:1', '{other} h']);
});

interface Rig {
	news: RecoverNews[];
	/** Resolves when a line like this was told. */
	told(wanted: (news: RecoverNews) => boolean): Promise<RecoverNews>;
	end(): Promise<Extract<RecoverNews, { kind: 'end' }>>;
}

const run = async (t: ExecutionContext, typed: string[], flags: RecoverFlags): Promise<Rig> => {
	const plan = await readRecover(typed, { interval: '50ms', timeout: '2s', fall: 2, rise: 1, hold: '10ms', within: '20s', ...flags });
	const news: RecoverNews[] = [];
	const waiting: { wanted(n: RecoverNews): boolean; resolve(n: RecoverNews): void }[] = [];
	const abort = new AbortController();
	const ended = runRecover(
		plan,
		(line) => {
			news.push(line);
			t.true(describeNews(line).length > 0);
			t.true(fits(JSON.parse(JSON.stringify(line))), JSON.stringify({ line, errors: fits.errors }));
			for (const each of waiting) if (each.wanted(line)) each.resolve(line);
		},
		abort.signal,
	);
	ended.catch(() => {});
	t.teardown(() => abort.abort('SIGINT'));
	return {
		news,
		told: (wanted) =>
			Promise.race([
				ended.then((end) => {
					throw new Error(`it ended before that was told: ${JSON.stringify(end)}`);
				}),
				new Promise<RecoverNews>((resolve) => {
					const before = news.find(wanted);
					if (before) resolve(before);
					waiting.push({ wanted, resolve });
				}),
			]),
		end: () => {
			abort.abort('SIGINT');
			return ended;
		},
	};
};

const listen = async (port: number): Promise<Server> => {
	const server = createServer((_, response) => response.end('ok'));
	await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
	return server;
};
const close = (server: Server): Promise<void> =>
	new Promise((resolve) => {
		server.close(() => resolve());
		server.closeAllConnections();
	});

test('--exec: the command runs for the endpoint that went down, with its placeholders, and it is up again', async (t) => {
	const port = await freePort();
	const first = await listen(port);
	// The command asks this control port for another server: whoever runs it is a process of its own.
	let second: Server | null = null;
	const asked: string[] = [];
	const control = createTcp((socket) => {
		socket.setEncoding('utf8').on('data', async (text: string) => {
			asked.push(text);
			second ??= await listen(port);
			socket.end('done');
		});
	});
	const controlPort = await freePort();
	await new Promise<void>((resolve) => void control.listen(controlPort, '127.0.0.1', resolve));
	t.teardown(() => void control.close());
	const script = join(scratch(t), 'mend.cjs');
	writeFileSync(
		script,
		`require('node:net').connect(${controlPort}, '127.0.0.1', function () { this.end(process.argv.slice(2).join(' ')); }).on('close', () => process.exit(0)).resume();`,
	);
	const rig = await run(t, [`api=http://127.0.0.1:${port}/`], { exec: JSON.stringify([process.execPath, script, '{endpoint}', '{host}', '{port}']) });
	await rig.told((n) => n.kind === 'state' && n.state === 'up');
	await close(first);
	const action = await rig.told((n) => n.kind === 'action');
	t.like(action, { endpoint: 'api', action: 'exec', ok: true, attempt: 1, dryRun: false });
	t.deepEqual(asked, [`api 127.0.0.1 ${port}`]);
	const end = await rig.end();
	t.like(end, { why: 'SIGINT', actions: 1, failed: 0 });
	await close(second!);
});

test('--dry-run says what it would do, and runs nothing', async (t) => {
	const dir = scratch(t);
	const mark = join(dir, 'mark');
	const rig = await run(t, [`http://127.0.0.1:${await freePort()}/`], {
		exec: JSON.stringify([process.execPath, '-e', `fs.writeFileSync(${JSON.stringify(mark)}, '')`]),
		'dry-run': true,
	});
	const action = await rig.told((n) => n.kind === 'action');
	t.like(action, { ok: true, dryRun: true });
	t.regex((action as { detail: string }).detail, /^would run /);
	await rig.end();
	t.throws(() => rmSync(mark));
});

test('a command that fails is tried again, and then given up', async (t) => {
	const rig = await run(t, [`http://127.0.0.1:${await freePort()}/`], {
		exec: JSON.stringify([process.execPath, '-e', 'console.error("no such unit"); process.exit(5)']),
		most: 2,
		'backoff-base': '10ms',
	});
	const given = await rig.told((n) => n.kind === 'give-up');
	t.regex((given as { why: string }).why, /^2 within 60000 ms/);
	const actions = rig.news.filter((n) => n.kind === 'action');
	t.is(actions.length, 2);
	for (const action of actions) t.regex((action as { detail: string }).detail, /exit 5: no such unit/);
	t.like(await rig.end(), { actions: 2, failed: 3 });
});

test('--nginx: marked down in the file, and reloaded; up again, and the mark is gone; no other byte changes', async (t) => {
	const [one, two] = [await freePort(), await freePort()];
	const file = join(scratch(t), 'api.conf');
	const text = `# ours\nupstream api {\n\tserver 127.0.0.1:${one} weight=2; # first\n\tserver 127.0.0.1:${two};\n}\n`;
	writeFileSync(file, text);
	const other = await listen(two);
	t.teardown(() => close(other));
	const rig = await run(t, [`a=http://127.0.0.1:${one}/`, `b=http://127.0.0.1:${two}/`], { nginx: `${file}#api`, reload: 'true' });
	t.like(await rig.told((n) => n.kind === 'action' && n.action === 'out'), { endpoint: 'a', ok: true });
	t.is(readFileSync(file, 'utf8'), text.replace('weight=2;', 'weight=2 down;'));
	const server = await listen(one);
	t.teardown(() => close(server));
	t.like(await rig.told((n) => n.kind === 'action' && n.action === 'in'), { endpoint: 'a', ok: true });
	t.is(readFileSync(file, 'utf8'), text);
	await rig.end();
});

test('what it took out itself it brings in when it ends', async (t) => {
	const [one, two] = [await freePort(), await freePort()];
	const file = join(scratch(t), 'api.conf');
	const text = `upstream api { server 127.0.0.1:${one}; server 127.0.0.1:${two}; }\n`;
	writeFileSync(file, text);
	const rig = await run(t, [`a=http://127.0.0.1:${one}/`], { nginx: `${file}#api`, reload: 'true' });
	await rig.told((n) => n.kind === 'action' && n.action === 'out');
	await rig.end();
	t.deepEqual(
		rig.news.filter((n) => n.kind === 'action').map((n) => (n as { action: string }).action),
		['out', 'in'],
	);
	t.is(readFileSync(file, 'utf8'), text);
});

test('nobody at the socket of HAProxy: exit 4 before anything is asked', async (t) => {
	const plan = await readRecover([UP], { haproxy: '/nonexistent/admin.sock#api' });
	await t.throwsAsync(
		runRecover(plan, () => {}, new AbortController().signal),
		{ code: 'E_HAPROXY_SOCKET' },
	);
});

test('--consul: into maintenance when it is down, and out of it at the end; what somebody else did stays', async (t) => {
	const [one, two] = [await freePort(), await freePort()];
	const other = await listen(two);
	t.teardown(() => close(other));
	const agent = await serveAgent(t, 'web', [
		{ id: 'a b', port: one },
		{ id: 'b', port: two, maintenance: 'by hand' },
	]);
	const rig = await run(t, [`a=http://127.0.0.1:${one}/`, `b=http://127.0.0.1:${two}/`], { consul: `http://${agent.host}/web` });
	t.like(await rig.told((n) => n.kind === 'action' && n.action === 'out'), { endpoint: 'a', ok: true, detail: 'maintenance mode (daruma: a was down)' });
	t.is(agent.reasonOf('a b'), 'daruma: a was down');
	t.like(await rig.end(), { actions: 2, failed: 0 });
	t.is(agent.reasonOf('a b'), undefined);
	t.is(agent.reasonOf('b'), 'by hand');
});

test('--consul: an endpoint that the service does not have, or no agent: exit 4 before anything is asked', async (t) => {
	const agent = await serveAgent(t, 'web', [{ id: 'a', port: 8 }]);
	const nothing = (): void => t.fail();
	for (const [consul, code] of [
		[`http://${agent.host}/web`, 'E_TARGET'],
		[`http://127.0.0.1:${await freePort()}/web`, 'E_CONSUL'],
	] as const)
		await t.throwsAsync(runRecover(await readRecover([UP], { consul }), nothing, new AbortController().signal), { code });
	t.deepEqual(agent.puts, []);
});
