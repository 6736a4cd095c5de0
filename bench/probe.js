// What a probe costs and how honest its times are, next to programs that do the same, interleaved. Prints ratios with their spread; asserts nothing.
// Usage: node bench/probe.js [ROUNDS, default 3]. MEASURES=keepalive,fresh,tcp,grpc,many,bias,start takes only some; ENDPOINTS=10000 sets how many.
import { existsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { bias } from './probe/bias.js';
import { fresh, interleaved, keepAlive, many, tcp } from './probe/costs.js';
import { find, here, nginx, start } from './probe/stage.js';
import { startToExit } from './probe/startup.js';

const rounds = Math.max(1, Number(process.argv[2] ?? 3) || 3);
const wanted = process.env.MEASURES?.split(',');
const wants = (name) => !wanted || wanted.includes(name);
const MS = 1500;
if (!existsSync(here('../../dist/src/probes/index.js'))) {
	console.log('skipped: dist/ is missing: npm run build');
	process.exit(0);
}
if (!find('nginx')) {
	console.log('skipped: there is no nginx here to be asked (apt-get install nginx-light)');
	process.exit(0);
}
const began = Date.now();
const load = (when) => console.log(`load ${loadavg()[0].toFixed(2)} ${when}`);
const title = (text) => console.log(`\n${text}`);
console.log(
	`node ${process.version}, ${process.platform} ${release()}, ${cpus().length} × ${cpus()[0]?.model.trim() || process.arch}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
load(`at the start, ${rounds} rounds, interleaved; median (p25 … p75), ratios round by round`);
const server = await nginx();

if (wants('keepalive')) {
	title('HTTP over kept connections, 32 at a time, as fast as it goes');
	const seen = await interleaved(keepAlive(server, MS), rounds, MS);
	seen.ratio('daruma', 'wrk', '<= 1.3');
	seen.ratio('undici.request', 'daruma', '>= 3.5');
}
if (wants('fresh')) {
	title('HTTP, a new connection for each probe');
	const seen = await interleaved(await fresh(server, MS), rounds, MS);
	seen.ratio('blackbox_exporter', 'daruma', '>= 6');
	seen.ratio('daruma', 'HAProxy', '<= 2.5');
	seen.ratio('daruma, closing by RST', 'HAProxy', '<= 2.5');
}
if (wants('tcp')) {
	title('TCP connect and reset, 32 at a time');
	const seen = await interleaved(tcp(server), rounds, MS);
	seen.ratio('daruma', 'loop in C', '<= 3.5');
}
if (wants('many')) {
	const endpoints = Math.max(10, Number(process.env.ENDPOINTS) || 10_000);
	title(`${endpoints} endpoints, each once a second over its own connection`);
	const seen = await many(server, rounds, { endpoints, ms: 5000, warmMs: 3500 });
	seen.cpu.print('% of a core');
	seen.cpu.ratio('engine', 'bare sockets', '<= 1.2 (and <= 15 % of a core)');
	seen.each.print('µs of CPU per probe');
	seen.each.ratio('engine', 'bare sockets', '<= 1.2');
	seen.memory.print('KB resident per endpoint');
	seen.memory.ratio('engine', 'bare sockets', '(<= 8 KB)');
	seen.lateP50.print('ms after it was due, p50');
	seen.lateP99.print('ms after it was due, p99');
	seen.lateP99.ratio('engine', 'bare sockets', '(<= 1.5 ms)');
	seen.tookP50.print('µs to the answer, p50');
}
await server.end();
if (wants('bias')) {
	title('What the engine says an answer took, against what tcpdump saw on the wire: 200 endpoints, 5 a second each, answered after 2 ms');
	await bias(rounds);
}
if (wants('start')) {
	title('From start to exit');
	await startToExit(Math.max(15, rounds * 5));
}
if (wants('grpc') && existsSync(here('grpc.js'))) {
	title('gRPC health Check');
	await start(process.execPath, [here('grpc.js'), String(rounds)], { stdio: ['ignore', 'inherit', 'inherit'] }).ended;
}
console.log();
load(`at the end, after ${Math.round((Date.now() - began) / 1000)} s (of one minute; what is measured is part of it)`);
process.exit(0);
