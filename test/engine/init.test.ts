import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readPlan } from '../../src/config/index.js';
import { type InitChoice, init, lookAround } from '../../src/engine/init.js';

const folderOf = async (t: ExecutionContext, files: Record<string, string> = {}): Promise<string> => {
	const folder = await mkdtemp(join(tmpdir(), 'daruma-init-'));
	t.teardown(() => rm(folder, { recursive: true, force: true }));
	for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
	return folder;
};
const choice: InitChoice = { replica: 'builtin', subject: 'client', ci: null, force: false };

test('a file that can be verified at once, and a job', async (t) => {
	const folder = await folderOf(t, { 'package.json': '{"scripts":{"start":"node server.js"}}', 'my.conf': 'events {}\nhttp { server { listen {listen}; } }' });
	t.deepEqual((await lookAround(folder)).command, ['node', 'server.js']);
	t.deepEqual(await init(folder, { ...choice, replica: "node 'my server.js'", subject: 'my.conf', ci: 'github' }), [
		'daruma.yaml',
		'.github/workflows/daruma.yml',
	]);
	const { plan } = await readPlan(await readFile(join(folder, 'daruma.yaml'), 'utf8'), join(folder, 'daruma.yaml'));
	t.like(plan, { cluster: { replica: { argv: ['node', 'my server.js'] } }, subject: { kind: 'nginx', config: join(folder, 'my.conf') } });
	t.regex(await readFile(join(folder, '.github/workflows/daruma.yml'), 'utf8'), /npx daruma verify/);
});

test('what is there is not replaced, and nothing else is written either', async (t) => {
	const folder = await folderOf(t, { 'daruma.yaml': 'mine' });
	await t.throwsAsync(init(folder, { ...choice, ci: 'gitlab' }), { code: 'E_EXISTS' });
	t.is(await readFile(join(folder, 'daruma.yaml'), 'utf8'), 'mine');
	await t.throwsAsync(readFile(join(folder, '.gitlab/daruma.yml')));
	await init(folder, { ...choice, force: true });
	t.not(await readFile(join(folder, 'daruma.yaml'), 'utf8'), 'mine');
});

test('what cannot be meant', async (t) => {
	const folder = await folderOf(t);
	await t.throwsAsync(init(folder, { ...choice, replica: '"node' }), { code: 'E_FLAG', message: /--replica: expected a command/ });
	await t.throwsAsync(init(folder, { ...choice, subject: 'ngnix' }), { code: 'E_FLAG', message: /--subject: expected client, nginx/ });
	t.is((await lookAround(await folderOf(t, { 'package.json': '{' }))).command, null);
});
