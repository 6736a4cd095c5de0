import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { attach, type Cluster, type ClusterMember, cluster, type DarumaError, inject, verify } from '../../../src/index.js';

const quick = { builtin: { http: { serviceMs: 1 } } };
const status = async (url: string): Promise<number> => (await fetch(url)).status;

test('two clusters at once in one process, broken and healed apart; nothing is left of them', async (t) => {
	const signals = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
	const kept: Cluster[] = [];
	{
		const [a, b] = await Promise.all([cluster({ replicas: 2, ...quick, seed: 7 }), cluster({ replicas: 1, ...quick })]);
		await using one = a;
		await using other = b;
		kept.push(one, other);
		t.is(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM'), signals, 'signals are the host’s');
		t.is(new Set([...one.nodes, ...other.nodes].map(({ port }) => port)).size, 3);
		t.is(one.url, null);
		const [n1, n2] = one.nodes as readonly [ClusterMember, ClusterMember];
		{
			await using fault = await one.inject('error', 'n2', { status: 502 });
			t.true(fault.effective);
			t.deepEqual(fault.nodes, ['n2']);
			t.deepEqual([await status(n1.url), await status(n2.url), await status(other.nodes[0]?.url as string)], [200, 502, 200]);
			const present = await t.throwsAsync<DarumaError>(one.inject('kill', 'all'), { code: 'E_FAULT_PRESENT' });
			t.is(present.exit, 4);
			t.is((await one.status()).faults.length, 1, 'refused whole: n1 was not touched');
		}
		t.is(await status(n2.url), 200);
		const killed = await one.inject('kill', 'one');
		const name = killed.nodes[0] as string;
		t.is((await one.status()).nodes.find((node) => node.name === name)?.process, 'gone');
		await t.throwsAsync(one.restart(name), { code: 'E_FAULT_PRESENT' });
		const [healed] = await one.heal(name);
		t.is(healed?.state, 'healed');
		t.is((await one.status()).nodes.find((node) => node.name === name)?.life, 2);
		t.is((await other.restart('n1')).life, 2);
		let log = '';
		for await (const piece of other.logs('n1')) log += piece;
		t.is(typeof log, 'string');
	}
	for (const each of kept) {
		await each.ended;
		t.false(existsSync(each.folder), 'a temporary folder goes when it ended well');
		await t.throwsAsync(status(each.nodes[0]?.url as string));
		await t.throwsAsync(each.inject('kill', 'n1'), { code: 'E_SESSION_ENDED' });
		await each.stop();
	}
});

test('options are read by the grammar of daruma.yaml: the key is named, and nothing was started', async (t) => {
	const wrong: [unknown, RegExp][] = [
		[{ replicas: 0 }, /^cluster\(\): replicas: expected a whole number from 1 to 50, found 0$/],
		[{ replica: 1 }, /^cluster\(\): the options: expected one of the keys .*unknown key "replica"$/],
		[{ builtin: { http: { serviceMs: '5ms' } } }, /^cluster\(\): builtin\.http\.serviceMs: expected a number of milliseconds/],
		[{ subject: { nginx: 'default', haproxy: 'default' } }, /^cluster\(\): subject: expected exactly one of/],
		[{ subject: { client: { retry: { attempts: -1 } } } }, /^cluster\(\): subject\.client\.retry\.attempts: /],
	];
	for (const [options, message] of wrong) await t.throwsAsync(cluster(options as never), { code: 'E_OPTIONS', message });
	await t.throwsAsync(verify({ version: 1, experiments: [{ fault: { kind: 'kil' as never } }] }), {
		message: /^verify\(\): experiments\[0\]\.fault\.kind: .*"kil"$/,
	});
	const base = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(base, { recursive: true, force: true }));
	await t.throwsAsync(attach(base), { code: 'E_NO_CLUSTER' });
	await t.throwsAsync(inject('kill', 'n1', {}, base), { code: 'E_NO_CLUSTER' });
});

test('aborted, a cluster heals and ends, and says why afterwards; a folder that was named is kept', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(base, { recursive: true, force: true }));
	const abort = new AbortController();
	const c = await cluster({ replicas: 1, ...quick, folder: base, signal: abort.signal });
	await c.inject('freeze', 'n1');
	abort.abort('enough');
	await c.ended;
	await t.throwsAsync(c.status(), { code: 'E_ABORTED', message: /enough/ });
	await c.stop();
	t.true(c.folder.startsWith(base));
	t.regex(readFileSync(join(c.folder, 'journal.ndjson'), 'utf8'), /"kind":"closed","by":"daruma"/);
	await t.throwsAsync(cluster({ ...quick, signal: AbortSignal.abort('SIGTERM') }), { code: 'E_TERMINATED' });
});

test('verify takes an object, and keeps its run only if not everything held', async (t) => {
	const result = await verify({
		version: 1,
		seed: 7,
		cluster: { replicas: 1, ...quick },
		traffic: { rate: '50/s', timeout: '1s', mix: [{ method: 'GET', path: '/' }] },
		experiments: [{ fault: { kind: 'error', target: 'n1', for: '300ms' }, baseline: '300ms', after: '300ms', expect: { requests: '>= 1000000' } }],
	});
	t.teardown(() => rmSync(join(result.folder as string, '../../..'), { recursive: true, force: true }));
	t.is(result.schema, 'daruma.run/1');
	t.not(result.verdict, 'pass');
	t.is(result.experiments[0]?.name, 'error n1');
	t.true(existsSync(join(result.folder as string, 'history.ndjson')));
});
