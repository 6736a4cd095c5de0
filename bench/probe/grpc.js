// Our gRPC health check beside Go's own client, against Go's server: CPU per check, interleaved, and the ratio round by round.
// Usage: node bench/probe/grpc.js [ROUNDS, default 5]. Needs Go, which builds grpc-peer/ with its public modules. Asserts nothing.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const rounds = Math.max(1, Number(process.argv[2] ?? 5) || 5);
const skip = (why) => {
	console.log(`skipped: ${why}`);
	process.exit(0);
};
const goPath = ['go', '/usr/local/go/bin/go'].find((path) => spawnSync(path, ['version']).status === 0);
if (!goPath) skip("there is no Go here to build gRPC's server and client");
if (!existsSync(here('../../dist/src/probes/grpc.js'))) skip('dist/ is missing: npm run build');

const folder = mkdtempSync(join(tmpdir(), 'daruma-bench-'));
let server;
process.on('exit', () => {
	server?.kill('SIGKILL');
	rmSync(folder, { recursive: true, force: true });
});
const peer = join(folder, 'grpc-peer');
const built = spawnSync(goPath, ['build', '-o', peer, '.'], { cwd: here('grpc-peer'), encoding: 'utf8' });
if (built.status !== 0) skip(`go build failed: ${built.stderr.trim().split('\n').at(-1)}`);

// One core each, as the aims were measured: Go would use all there are.
const env = { ...process.env, GOMAXPROCS: '1' };
server = spawn(peer, ['serve'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
const [port] = await once(createInterface({ input: server.stdout }), 'line');

const IN_FLIGHT = '32';
// Half as many come before, and do not count.
const CHECKS = { kept: { go: 40_000, ours: 120_000 }, fresh: { go: 3000, ours: 8000 } };
const run = (who, mode) => {
	const args = [port, mode, String(CHECKS[mode][who]), IN_FLIGHT];
	const [command, ...rest] = who === 'go' ? [peer, 'ask', ...args] : [process.execPath, here('grpc-ours.js'), ...args];
	const { status, stdout, stderr } = spawnSync(command, rest, { env, encoding: 'utf8', timeout: 120_000 });
	if (status !== 0) throw new Error(`${who} ${mode}: ${stderr}`);
	return Number(stdout.split(' ')[0]);
};

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const spread = (values, digits) => `${quantile(values, 0.5).toFixed(digits)} (${quantile(values, 0).toFixed(digits)} … ${quantile(values, 1).toFixed(digits)})`;
console.log(
	`${cpus()[0]?.model.trim()} × ${cpus().length}, Linux ${release()}, Node ${process.version}, ${spawnSync(goPath, ['version'], { encoding: 'utf8' }).stdout.trim()}`,
);
console.log(`load ${loadavg()[0].toFixed(2)}; ${rounds} rounds; µs of CPU per check, median (least … most)`);
for (const [mode, what, aim] of [
	['kept', `one connection, ${IN_FLIGHT} in flight`, 4],
	['fresh', `a connection for each, ${IN_FLIGHT} at a time`, 2],
]) {
	const found = { go: [], ours: [] };
	for (let round = 0; round < rounds; round++) for (const who of round % 2 ? ['go', 'ours'] : ['ours', 'go']) found[who].push(run(who, mode));
	const ratios = found.go.map((each, i) => each / found.ours[i]);
	console.log(`${what}: Go ${spread(found.go, 1)}, ours ${spread(found.ours, 1)}; ours is cheaper by ${spread(ratios, 2)}, the aim is ${aim}`);
}
console.log(`load ${loadavg()[0].toFixed(2)} at the end`);
process.exit(0);
