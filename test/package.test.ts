import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { ROOT } from './e2e/daruma.js';

const run = promisify(execFile);
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test('what is packed: the program, its types, its schemas, and nothing that only we need; every export is in it', async (t) => {
	const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline', '--no-update-notifier'], {
		cwd: ROOT,
		maxBuffer: 64 * 1024 * 1024,
	});
	const files: string[] = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path);
	const strangers = files.filter(
		(file) => !/^(LICENSE|README\.md|package\.json|oclif\.manifest\.json|bin\/run\.js|schemas\/[\w.-]+\.json|dist\/src\/.*\.(js|d\.ts))$/.test(file),
	);
	t.deepEqual(strangers, []);
	const { main, types, bin } = manifest;
	const entry = manifest.exports['.'];
	for (const target of [main, types, bin.daruma, entry.types, entry.default]) t.true(files.includes(target.replace(/^\.\//, '')), target);
	t.deepEqual([main, types], [entry.default, entry.types]);
	t.true(files.includes('schemas/cluster.schema.json'));
});

test('whoever installs it can import it, and write it in TypeScript, `await using` and all', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	mkdirSync(join(dir, 'node_modules'));
	symlinkSync(ROOT, join(dir, 'node_modules/daruma'));
	symlinkSync(join(ROOT, 'node_modules/@types'), join(dir, 'node_modules/@types'));
	symlinkSync(join(ROOT, 'node_modules/undici-types'), join(dir, 'node_modules/undici-types'));
	writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
	writeFileSync(
		join(dir, 'a.ts'),
		`import { attach, cluster, inject, verify, type Cluster, type ClusterOptions, type Fault, type VerifyResult } from 'daruma';
const options: ClusterOptions = { replicas: 3, builtin: { http: { serviceMs: 5 } }, subject: { nginx: 'default' } };
export const main = async (): Promise<string | null> => {
	await using c: Cluster = await cluster(options);
	await using fault: Fault = await c.inject('delay', 'n2', { latency: '200ms' });
	const result: VerifyResult = await verify({ version: 1, experiments: [{ fault: { kind: 'kill', target: 'one', for: '1s' } }] });
	await using held = await attach('.');
	await (await inject('kill', 'one', { for: '1s' })).healed();
	return fault.effective && result.verdict === 'pass' ? c.url : held.url;
};
// @ts-expect-error there is no such fault
export const noFault = (c: Cluster) => c.inject('kil', 'n1');
// @ts-expect-error there is no such key
export const noKey: ClusterOptions = { replica: 3 };
`,
	);
	writeFileSync(
		join(dir, 'tsconfig.json'),
		JSON.stringify({
			compilerOptions: { target: 'es2022', lib: ['es2022'], module: 'nodenext', types: ['node'], strict: true, noEmit: true, exactOptionalPropertyTypes: true },
			include: ['a.ts'],
		}),
	);
	const compiled = await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', dir]).catch((error) => error);
	t.is(compiled.stdout, '');
	const script = `import * as daruma from 'daruma'; import { createRequire } from 'node:module';
const { exports } = createRequire(import.meta.url)('daruma/package.json');
if (createRequire(import.meta.url)('daruma/schemas/run.schema.json').title === undefined) throw new Error('no schema');
console.log(JSON.stringify([Object.keys(exports), Object.keys(daruma).filter((name) => daruma[name] === undefined), ['attach', 'cluster', 'inject', 'verify'].map((name) => typeof daruma[name])]));`;
	writeFileSync(join(dir, 'a.mjs'), script);
	const { stdout } = await run(process.execPath, [join(dir, 'a.mjs')]);
	t.deepEqual(JSON.parse(stdout), [Object.keys(manifest.exports), [], ['function', 'function', 'function', 'function']]);
});
