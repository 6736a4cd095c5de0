import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadStage, planFromObject, readFault, stageFromObject } from '../../src/config/stage.js';
import type { DarumaError } from '../../src/model/errors.js';

test('a stage needs no experiments, and no file', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const bare = await loadStage({ cwd: dir, flags: { replicas: 5 } });
	t.is(bare.file, null);
	t.is(bare.cluster.replicas, 5);
	t.is(bare.subject.kind, 'client');
	writeFileSync(join(dir, 'daruma.yaml'), 'version: 1\nseed: 9\ncluster: { replicas: 2, builtin: { http: {} } }\nsubject: { haproxy: ./h.cfg }\n');
	const stage = await loadStage({ cwd: dir });
	t.deepEqual([stage.seed, stage.cluster.replicas, stage.subject], [9, 2, { kind: 'haproxy', config: join(dir, 'h.cfg') }]);
	t.is((await loadStage({ cwd: dir, flags: { subject: 'client' } })).subject.kind, 'client');
	writeFileSync(join(dir, 'daruma.yaml'), 'version: 1\nexperiments: [{ fault: { kind: kil } }]\n');
	await t.throwsAsync(loadStage({ cwd: dir }), { code: 'E_CONFIG', message: /daruma\.yaml:2:.*"kil"/ });
});

test('objects are read by the same grammar; a null that was written is off', async (t) => {
	const { subject } = await stageFromObject({ subject: { client: { retry: null, timeoutMs: false } } }, '/');
	t.true(subject.kind === 'client' && subject.retry === null && subject.timeoutMs === null);
	const shared = { kind: 'kill', for: '1s' };
	const { plan } = await planFromObject({ version: 1, experiments: [{ fault: shared }, { name: 'again', fault: shared }] }, '/base');
	t.deepEqual(
		plan.experiments.map(({ name, line }) => [name, line]),
		[
			['kill one', null],
			['again', null],
		],
	);
	const { cluster } = await stageFromObject({ command: ['node', 'x.js', 8080], cwd: 'there' }, '/base');
	t.true(cluster.replica.kind === 'command' && cluster.replica.cwd === '/base/there' && cluster.replica.argv[2] === '8080');
	const cyclic: Record<string, unknown> = { builtin: {} };
	cyclic.builtin = cyclic;
	t.is((await t.throwsAsync<DarumaError>(stageFromObject(cyclic, '/'))).exit, 2);
	await t.throwsAsync(stageFromObject(null, '/'), { code: 'E_OPTIONS', message: /cluster\(\): the options: expected a map .*found/ });
});

test('a fault by hand: with its defaults, without `at`, open unless it says for how long', async (t) => {
	const open = await readFault({ kind: 'delay', target: 'n2' }, 3);
	t.is(open.forMs, null);
	t.is(open.spec.latencyMs, 200);
	const closed = await readFault({ kind: 'drop', target: 'majority', share: '30%', for: '2s', unit: undefined }, 3);
	t.deepEqual([closed.forMs, closed.spec.share, closed.spec.target], [2000, 0.3, 'majority']);
	for (const [fault, message] of [
		[{ kind: 'kil', target: 'n1' }, /^inject: kind: .*found "kil"$/],
		[{ kind: 'kill', target: 'n4' }, /^inject: target: expected a node from n1 to n3/],
		[{ kind: 'kill', target: 'n1', latency: '1s' }, /unknown key "latency"/],
		[{ kind: 'delay', target: 'n1', latency: 200 }, /^inject: latency: expected a time with a unit/],
		[{ kind: 'kill', target: 'n1', at: '1s' }, /^inject: at: expected no `at`/],
	] as const) {
		const error = await t.throwsAsync<DarumaError>(readFault(fault, 3), { code: 'E_FAULT_SPEC', message });
		t.is(error.exit, 2);
	}
});
